"""What a call is: a request, how its answer is read, and whether it may be sent again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from .errors import AnswerUnreadable, EventSchedulerError, NoAnswer, RateLimited, Refused, ServerFailed, refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request of an operation in the server's description."""

    operation: str
    method: str
    path: str
    """As in the description, such as ``/api/events/{id}``."""
    read: Callable[[Any], T]
    id: str | None = None
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    repeatable: bool = True
    """Whether sending it twice has the effect of sending it once."""
    patience: float = 0.0
    """Seconds by which the answer may be late on purpose."""

    @property
    def address(self) -> str:
        """The path with its id, which is percent-encoded as a whole."""
        return self.path if self.id is None else self.path.replace("{id}", quote(self.id, safe=""))


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is repeated, and after how long: at random, so that who failed together does not return together."""

    attempts: int = 5
    """Of the first one too."""
    base_seconds: float = 0.2
    most_seconds: float = 10.0
    longest_wait_seconds: float = 60.0
    """A ``Retry-After`` above this is not waited for: the error tells it."""

    def jittered(self, attempt: int) -> float:
        """Seconds before the attempt after ``attempt``, which counts from 1."""
        return random.uniform(0.0, min(self.most_seconds, self.base_seconds * 2.0 ** min(attempt - 1, 30)))


NEVER = RetryPolicy(attempts=1)


class Course(Generic[T]):
    """The course of one call: what each outcome means, and when the call is sent again."""

    def __init__(self, call: Call[T], policy: RetryPolicy) -> None:
        self.call = call
        self._policy = policy
        self._sent = 0

    def delay_after(self, error: EventSchedulerError) -> float:
        """Seconds until the call is sent again; raises ``error`` where it is not."""
        self._sent += 1
        if self._sent >= self._policy.attempts or not self._may_repeat(error):
            raise error
        asked = error.retry_after if isinstance(error, Refused) else None
        if asked is None:
            return self._policy.jittered(self._sent)
        if asked > self._policy.longest_wait_seconds:
            raise error
        return asked + self._policy.jittered(1)

    def _may_repeat(self, error: EventSchedulerError) -> bool:
        if isinstance(error, RateLimited):
            return True
        if isinstance(error, NoAnswer):
            return self.call.repeatable or not error.sent
        if isinstance(error, ServerFailed):
            return self.call.repeatable and error.status in (500, 502, 503, 504)
        return False


def unanswered(error: httpx.RequestError) -> NoAnswer:
    """What a failure of the network is to the caller."""
    never_sent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
    return NoAnswer(f"{type(error).__name__}: {error}", sent=not isinstance(error, never_sent))


def answer_of(call: Call[T], response: httpx.Response) -> T:
    """Reads an answer whose body is there; raises what it refuses."""
    raise_refusal(response)
    try:
        given = response.json()
    except ValueError as error:
        raise AnswerUnreadable(f"{call.operation}: the answer is no JSON") from error
    return call.read(given)


def raise_refusal(response: httpx.Response) -> None:
    """Raises the error that the answer is, if it is none of success."""
    if response.is_success:
        return
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    seconds = retry_after(response.headers.get("retry-after"))
    raise refusal(response.status_code, problem if isinstance(problem, dict) else {}, seconds)


def retry_after(text: str | None) -> float | None:
    """The seconds of a ``Retry-After``; the server sends seconds, never a date."""
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
