"""What every request of a client has in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from .calls import Call, RetryPolicy
from .errors import EventSchedulerError, NoAnswer, RateLimited, ServerFailed
from .sse import SILENCE_SECONDS, Follower

CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the service is, who asks, and how long for."""

    base_url: str
    api_key: str | None = field(repr=False)
    service: str | None
    timeout: float
    retries: RetryPolicy

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise ValueError(f"base_url: {error}") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"base_url: {self.base_url} is no address such as https://events.example.org")

    def request(self, call: Call[Any]) -> dict[str, Any]:
        """The arguments of ``httpx``'s ``request``."""
        body = {} if call.body is None else {"json": call.body}
        return {
            "method": call.method,
            "url": self.base_url.rstrip("/") + call.address,
            "params": dict(call.query),
            "headers": self._headers(),
            "timeout": httpx.Timeout(self.timeout + call.patience, connect=min(self.timeout, CONNECT_SECONDS)),
            # A redirect would take the key elsewhere.
            "follow_redirects": False,
            **body,
        }

    def stream_request(self, follower: Follower) -> dict[str, Any]:
        """The arguments of ``httpx``'s ``stream``, to go on where ``follower`` is."""
        request = self.request(follower.call)
        request["headers"] |= follower.headers()
        request["timeout"] = httpx.Timeout(SILENCE_SECONDS, connect=min(self.timeout, CONNECT_SECONDS))
        return request

    def delay_of_stream(self, follower: Follower, error: EventSchedulerError | None) -> float:
        """Seconds until a stream that broke off is opened again; raises what no waiting helps."""
        if error is not None and not isinstance(error, NoAnswer | RateLimited | ServerFailed):
            raise error
        follower.failures += 1
        asked = error.retry_after if isinstance(error, RateLimited | ServerFailed) else None
        return max(asked or 0.0, follower.pause_seconds) + self.retries.jittered(follower.failures)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "event-scheduler-client (Python)"}
        if self.api_key is not None:
            headers["X-API-Key"] = self.api_key
            if self.service is not None:
                headers["X-Service-Name"] = self.service
        return headers
