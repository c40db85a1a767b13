"""What can go wrong, by the code that the server gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class EventSchedulerError(Exception):
    """Anything that this package raises about a call."""


class InvalidTime(EventSchedulerError, ValueError):
    """A time without an offset came without ``time_zone``: it is never guessed."""


class NoAnswer(EventSchedulerError):
    """The server could not be reached, or its answer did not arrive.

    ``sent`` says whether the request may have had its effect all the same.
    """

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class AnswerUnreadable(EventSchedulerError):
    """What came is not what this service answers, such as the page of a proxy."""


class WebhookRejected(EventSchedulerError):
    """A webhook that was not signed with the secret, or too long ago."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that is at fault, and what to write instead."""

    field: str
    code: str
    message: str


class Refused(EventSchedulerError):
    """The server has answered, and said no."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        problems: tuple[FieldProblem, ...] = (),
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        said = [f"{problem.field or 'body'}: {problem.message}" for problem in problems]
        super().__init__("; ".join([f"{code}: {detail}", *said]))
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = problems
        self.request_id = request_id
        self.retry_after = retry_after
        """Seconds after which to come again, where the server has said so."""


class InvalidInput(Refused):
    """Fields are at fault; ``problems`` has all of them at once."""


class PayloadTooLarge(InvalidInput):
    """A payload is over 32 KiB, or a body over the server's limit."""


class SignInRequired(Refused):
    """The API key is missing, unknown, expired or revoked."""


class Forbidden(Refused):
    """The key lacks the scope, or is another service's."""


class NotFound(Refused):
    """There is no such event, or it is another service's."""


class Conflict(Refused):
    """What is asked for does not go together with what there is."""


class EventFinal(Conflict):
    """It is over, and this does not change that."""


class EventExists(Conflict):
    """The change would make it the same as another event."""


class IdempotencyKeyReused(Conflict):
    """The idempotency key came with something else before."""


class AttemptOver(Conflict):
    """Another attempt has begun after the one that is told to have failed."""


class NotHandedOver(Conflict):
    """A word on an attempt that has not begun."""


class OccurrenceRequired(Conflict):
    """A word on a recurring event: address one of its occurrences."""


class RateLimited(Refused):
    """Too many requests; ``retry_after`` says when to come again."""


class QuotaExceeded(Refused):
    """The service has too many active events; waiting alone does not change that."""


class ServerFailed(Refused):
    """The server could not do it: 5xx."""


_BY_CODE: Mapping[str, type[Refused]] = {
    "INVALID_INPUT": InvalidInput,
    "PAYLOAD_TOO_LARGE": PayloadTooLarge,
    "BODY_TOO_LARGE": PayloadTooLarge,
    "SCHEDULED_EVENT_FINAL": EventFinal,
    "SCHEDULED_EVENT_EXISTS": EventExists,
    "IDEMPOTENCY_KEY_REUSED": IdempotencyKeyReused,
    "ATTEMPT_OVER": AttemptOver,
    "NOT_HANDED_OVER": NotHandedOver,
    "OCCURRENCE_REQUIRED": OccurrenceRequired,
    "SERVICE_QUOTA_EXCEEDED": QuotaExceeded,
    "TOO_MANY_REQUESTS": RateLimited,
    "SCHEDULED_EVENT_NOT_FOUND": NotFound,
}

_BY_STATUS: Mapping[int, type[Refused]] = {
    400: InvalidInput,
    401: SignInRequired,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: PayloadTooLarge,
    422: InvalidInput,
    429: RateLimited,
}


def refusal(status: int, problem: Mapping[str, Any], retry_after: float | None) -> Refused:
    """The error that a problem (RFC 9457) of the server is; a code that is new to this version goes by its status."""
    code = str(problem.get("code", f"HTTP_{status}"))
    by_status = _BY_STATUS.get(status, ServerFailed if status >= 500 else Refused)
    kind = _BY_CODE.get(code, by_status)
    return kind(
        status,
        code,
        str(problem.get("detail") or problem.get("title") or f"the server has answered {status}"),
        field_problems(problem.get("problems")),
        problem.get("request_id"),
        retry_after,
    )


def field_problems(given: Any) -> tuple[FieldProblem, ...]:
    """Reads the list of fields at fault."""
    return tuple(
        FieldProblem(str(one.get("field", "")), str(one.get("code", "")), str(one.get("message", "")))
        for one in given or ()
        if isinstance(one, Mapping)
    )
