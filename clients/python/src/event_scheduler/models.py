"""What the service answers. Fields are named as on the wire; times are aware."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union

from . import times
from .errors import AnswerUnreadable, FieldProblem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones that were given."""

    execution_timezone: str | None = None
    resource_timezone: str | None = None
    user_timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What was scheduled; ``created`` is false where the same was scheduled before."""

    event_id: str
    created: bool
    scheduled_at: datetime
    adjusted: str | None = None
    """``gap`` where clocks skip the local time, ``fold`` where they show it twice."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of one event of a batch: ``event_id``, or ``code``, ``detail`` and ``problems``."""

    success: bool
    event_id: str | None = None
    created: bool | None = None
    scheduled_at: datetime | None = None
    adjusted: str | None = None
    code: str | None = None
    detail: str | None = None
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a recurrence means, and its first occurrences to come.

    ``complete`` where there are no others; ``stopped`` says why a search was given up.
    """

    recurrence: str
    recurrence_text: str
    occurrences: tuple[datetime, ...]
    complete: bool
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One occurrence that is to come, or a dead letter."""

    occurrence_id: str
    event_id: str
    service_id: str
    type: str
    entity_id: str
    due_at: datetime
    state: str
    attempt: int
    recurring: bool
    reminder: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of occurrences."""

    occurrences: tuple[Upcoming, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which something is handed over."""

    occurrence_id: str
    due_at: datetime
    state: str
    attempt: int
    next_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt."""

    occurrence_id: str
    attempt: int
    delivery: str
    begun_at: datetime
    deadline_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What was done to an event or an occurrence, and by whom."""

    at: datetime
    action: str
    actor: str
    occurrence_id: str | None = None
    before: str | None = None
    after: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """An event with its occurrences, attempts and history."""

    event_id: str
    service_id: str
    type: str
    entity_id: str
    state: str
    scheduled_time: str
    """The time as it was written."""
    scheduled_at: datetime
    timezone_context: Zones
    payload: Any
    missed: str
    max_retries: int
    retry_delay_seconds: int
    timeout_seconds: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    occurrences: tuple[Occurrence, ...]
    attempts: tuple[Attempt, ...]
    history: tuple[HistoryLine, ...]
    recurrence: str | None = None
    recurrence_text: str | None = None
    reminder: str | None = None
    more_occurrences: bool = False
    """Whether it has other occurrences than these: of many, the next ones and the latest that are settled are here."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was taken back."""

    event_ids: tuple[str, ...]
    cancelled: int
    under_way: int


@dataclass(frozen=True, slots=True)
class ReminderSet:
    """A reminder that is scheduled."""

    name: str
    event_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RemindersSet:
    """The reminders of an entity, as they are now."""

    reminders: tuple[ReminderSet, ...]
    passed: tuple[str, ...]
    replaced: int


@dataclass(frozen=True, slots=True)
class Settled:
    """An occurrence after a word on it."""

    occurrence_id: str
    state: str
    attempt: int
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """An attempt that was handed over. ``occurrence_id`` is the idempotency key of its effect."""

    occurrence_id: str
    event_id: str
    type: str
    service_id: str
    entity_id: str
    scheduled_time: str
    due_at: datetime
    timezone_context: Zones
    payload: Any
    attempt: int
    max_attempts: int
    handed_at: datetime
    deadline_at: datetime | None = None
    reminder: str | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits to be fetched; ``last_seq`` is the next call's ``after``."""

    last_seq: int
    occurrences: tuple[Handover, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a service is told. ``secret`` is there when it was made, and never again."""

    service_id: str
    kind: str
    url: str | None = None
    secret: str | None = dataclasses.field(default=None, repr=False)
    broker: str | None = None
    task: str | None = None
    queue: str | None = None
    updated_at: datetime | None = None


def decoded(kind: type[T], answer: Any) -> T:
    """Reads ``answer`` as ``kind``. What a later server adds is left out.

    Raises ``AnswerUnreadable`` where something is missing or of another type.
    """
    try:
        made = _read(kind, answer)
    except (KeyError, TypeError, ValueError) as error:
        raise AnswerUnreadable(f"the answer is no {kind.__name__}: {error!r}") from error
    return typing.cast(T, made)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, given: Any) -> Any:
    origin = typing.get_origin(kind)
    if kind is Any:
        return given
    if origin in (Union, types.UnionType):
        plain = next(one for one in typing.get_args(kind) if one is not type(None))
        return None if given is None else _read(plain, given)
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        if not isinstance(given, list):
            raise TypeError(f"{given!r} is no list")
        return tuple(_read(inner, one) for one in given)
    if kind is datetime:
        return times.read(given)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_object(kind, given)
    if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
        raise TypeError(f"{given!r} is no {kind.__name__}")
    return given


def _read_object(kind: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        raise TypeError(f"{given!r} is no object")
    hints, values = _hints(kind), {}
    for field in dataclasses.fields(kind):
        if field.name in given:
            values[field.name] = _read(hints[field.name], given[field.name])
        elif field.default is dataclasses.MISSING:
            raise KeyError(field.name)
    return kind(**values)
