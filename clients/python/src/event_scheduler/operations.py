"""Every operation of the scheduling service: its request and how its answer is read. Nothing here sends anything."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Literal, TypeAlias

from . import models, times
from .calls import Call
from .errors import AnswerUnreadable, InvalidTime
from .models import decoded

Recurrence: TypeAlias = str | Mapping[str, Any]
"""A rule such as ``FREQ=WEEKLY;BYDAY=MO``, or its parts by name."""
Disambiguation: TypeAlias = Literal["compatible", "earlier", "later", "reject"]
Missed: TypeAlias = Literal["all", "earliest", "latest"]
Reading: TypeAlias = Literal["elapsed", "local"]
DeliveryKind: TypeAlias = Literal["outbox", "sse", "webhook", "celery"]


class Unset(Enum):
    """Tells a field that is left alone from one that is set to ``None``."""

    UNSET = "unset"


UNSET: Literal[Unset.UNSET] = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something to be scheduled.

    ``at`` is aware, or a local time of ``time_zone``, by whose clocks the recurrence is read as well. The idempotency
    key is made here, once, where none is given: however often this value is sent, it is one event.
    """

    type: str
    entity_id: str
    at: datetime
    time_zone: str | None = None
    resource_time_zone: str | None = None
    user_time_zone: str | None = None
    payload: Any = None
    recurrence: Recurrence | None = None
    disambiguation: Disambiguation | None = None
    missed: Missed | None = None
    max_retries: int | None = None
    retry_delay_seconds: int | None = None
    timeout_seconds: int | None = None
    idempotency_key: str = field(default_factory=lambda: f"py-{uuid.uuid4()}")

    def body(self, service: str | None) -> dict[str, Any]:
        """As it is sent."""
        zones = _zones(self.time_zone, self.resource_time_zone, self.user_time_zone)
        return _given(
            service_id=service,
            type=self.type,
            entity_id=self.entity_id,
            scheduled_time=times.written("at", self.at, self.time_zone),
            timezone_context=zones,
            payload=self.payload,
            recurrence=self.recurrence,
            disambiguation=self.disambiguation or times.chosen_fold(self.at),
            missed=self.missed,
            max_retries=self.max_retries,
            retry_delay_seconds=self.retry_delay_seconds,
            timeout_seconds=self.timeout_seconds,
            idempotency_key=self.idempotency_key,
        )


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder ``offset_minutes`` from the beginning or the end; negative is before it."""

    name: str
    offset_minutes: int
    anchor: Literal["start", "end"] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which occurrences to list. The times are aware, or local times of ``time_zone``, in which answers are shown."""

    entity_id: str | None = None
    type: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    time_zone: str | None = None
    page_size: int | None = None

    def query(self, service: str | None, cursor: str | None) -> dict[str, str | int]:
        """As it is sent."""
        return _given(
            service_id=service,
            entity_id=self.entity_id,
            type=self.type,
            start_time=self.start and times.written("start", self.start, self.time_zone),
            end_time=self.end and times.written("end", self.end, self.time_zone),
            timezone=self.time_zone,
            cursor=cursor,
            limit=self.page_size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a change sets; what is not given stays.

    ``recurrence=None`` ends the recurrence. A payload can be replaced, but not removed.
    """

    at: datetime | None = None
    time_zone: str | None = None
    recurrence: Recurrence | None | Unset = UNSET
    payload: Any = None
    disambiguation: Disambiguation | None = None
    missed: Missed | None = None
    max_retries: int | None = None
    retry_delay_seconds: int | None = None
    timeout_seconds: int | None = None

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        fold = times.chosen_fold(self.at) if self.at else None
        body = _given(
            scheduled_time=self.at and times.written("at", self.at, self.time_zone),
            timezone_context=_zones(self.time_zone, None, None),
            payload=self.payload,
            disambiguation=self.disambiguation or fold,
            missed=self.missed,
            max_retries=self.max_retries,
            retry_delay_seconds=self.retry_delay_seconds,
            timeout_seconds=self.timeout_seconds,
        )
        return body if self.recurrence is UNSET else body | {"recurrence": self.recurrence}


def schedule(service: str | None, event: NewEvent) -> Call[models.Scheduled]:
    return Call(
        "scheduleEvent",
        "POST",
        "/api/events/schedule",
        lambda answer: decoded(models.Scheduled, answer),
        body=event.body(service),
    )


def schedule_many(service: str | None, events: Sequence[NewEvent]) -> Call[tuple[models.BatchOutcome, ...]]:
    return Call(
        "scheduleEvents",
        "POST",
        "/api/events/schedule/batch",
        _batch,
        body={"events": [event.body(service) for event in events]},
    )


def preview(
    recurrence: Recurrence,
    at: datetime,
    time_zone: str | None = None,
    disambiguation: Disambiguation | None = None,
    limit: int | None = None,
) -> Call[models.Preview]:
    body = _given(
        scheduled_time=times.written("at", at, time_zone),
        timezone_context=_zones(time_zone, None, None),
        recurrence=recurrence,
        disambiguation=disambiguation or times.chosen_fold(at),
        limit=limit,
    )
    return Call("previewRecurrence", "POST", "/api/events/preview", _preview, body=body)


def upcoming(service: str | None, listing: Listing, cursor: str | None = None) -> Call[models.Page]:
    return Call("listUpcoming", "GET", "/api/events/upcoming", _page, query=listing.query(service, cursor))


def dead_letters(service: str | None, listing: Listing, cursor: str | None = None) -> Call[models.Page]:
    return Call("listDeadLetters", "GET", "/api/events/dead-letters", _page, query=listing.query(service, cursor))


def get(id: str) -> Call[models.ScheduledEvent]:
    return Call("readScheduledEvent", "GET", "/api/events/{id}", _event, id=id)


def reschedule(id: str, change: Change) -> Call[models.ScheduledEvent]:
    return Call("rescheduleEvent", "PATCH", "/api/events/{id}", _event, id=id, body=change.body())


def cancel(id: str) -> Call[models.Cancelled]:
    return Call("cancelScheduledEvent", "DELETE", "/api/events/{id}", _cancelled, id=id)


def cancel_entity(service: str | None, entity_id: str, type: str | None = None) -> Call[models.Cancelled]:
    query = _given(service_id=service, entity_id=entity_id, type=type)
    return Call("cancelEntity", "DELETE", "/api/events", _cancelled, query=query)


def set_reminders(
    service: str | None,
    *,
    type: str,
    entity_id: str,
    start: datetime,
    end: datetime | None = None,
    time_zone: str | None = None,
    reminders: Sequence[Reminder] | None = None,
    payload: Any = None,
    reading: Reading | None = None,
) -> Call[models.RemindersSet]:
    body = _given(
        service_id=service,
        type=type,
        entity_id=entity_id,
        start_time=times.written("start", start, time_zone),
        end_time=end and times.written("end", end, time_zone),
        timezone_context=_zones(time_zone, None, None),
        payload=payload,
        reading=reading,
    )
    if reminders is not None:
        body["reminders"] = [
            {"name": one.name, "offset_minutes": one.offset_minutes, "anchor": one.anchor} for one in reminders
        ]
    return Call(
        "putReminders",
        "PUT",
        "/api/events/reminders",
        lambda answer: decoded(models.RemindersSet, answer),
        body=body,
    )


def complete(id: str, attempt: int | None = None) -> Call[models.Settled]:
    return Call(
        "completeOccurrence", "POST", "/api/events/{id}/complete", _settled, id=id, body=_given(attempt=attempt)
    )


def fail(
    id: str, attempt: int | None = None, error: str | None = None, retry: bool | None = None
) -> Call[models.Settled]:
    return Call(
        "failOccurrence",
        "POST",
        "/api/events/{id}/fail",
        _settled,
        id=id,
        body=_given(attempt=attempt, error=error, retry=retry),
        # Without the number of the attempt, a second word could be taken for one on the attempt after it.
        repeatable=attempt is not None,
    )


def retry(id: str) -> Call[models.ScheduledEvent]:
    # Not repeatable: what was begun by the first may have been given up again meanwhile.
    return Call("retryOccurrence", "POST", "/api/events/{id}/retry", _event, id=id, repeatable=False)


def outbox(
    service: str | None, after: int = 0, wait_seconds: int = 0, limit: int | None = None
) -> Call[models.Outbox]:
    return Call(
        "readOutbox",
        "GET",
        "/api/events/outbox",
        lambda answer: decoded(models.Outbox, answer),
        query=_given(service_id=service, after=after, wait_seconds=wait_seconds, limit=limit),
        patience=wait_seconds,
    )


def stream(service: str | None) -> Call[models.Handover]:
    """The stream; ``read`` is for the data of one of its events."""
    return Call(
        "followOutbox",
        "GET",
        "/api/events/stream",
        lambda answer: decoded(models.Handover, answer),
        query=_given(service_id=service),
    )


def delivery(service: str | None) -> Call[models.Delivery]:
    return Call("readDelivery", "GET", "/api/events/delivery", _delivery, query=_given(service_id=service))


def choose_delivery(
    service: str | None,
    kind: DeliveryKind,
    url: str | None = None,
    new_secret: bool = False,
    broker: str | None = None,
    task: str | None = None,
    queue: str | None = None,
) -> Call[models.Delivery]:
    body = _given(
        service_id=service,
        kind=kind,
        url=url,
        new_secret=new_secret or None,
        broker=broker,
        task=task,
        queue=queue,
    )
    return Call(
        "chooseDelivery",
        "PUT",
        "/api/events/delivery",
        _delivery,
        body=body,
        # The secret is told once: a second call would lose the one that the first has made.
        repeatable=kind != "webhook",
    )


def _preview(answer: Any) -> models.Preview:
    return decoded(models.Preview, answer)


def _page(answer: Any) -> models.Page:
    return decoded(models.Page, answer)


def _event(answer: Any) -> models.ScheduledEvent:
    return decoded(models.ScheduledEvent, answer)


def _cancelled(answer: Any) -> models.Cancelled:
    return decoded(models.Cancelled, answer)


def _settled(answer: Any) -> models.Settled:
    return decoded(models.Settled, answer)


def _delivery(answer: Any) -> models.Delivery:
    return decoded(models.Delivery, answer)


def _batch(answer: Any) -> tuple[models.BatchOutcome, ...]:
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise AnswerUnreadable("the answer to a batch has no results")
    return tuple(decoded(models.BatchOutcome, one) for one in results)


def _zones(execution: str | None, resource: str | None, user: str | None) -> dict[str, str] | None:
    for zone in (execution, resource, user):
        if zone is not None and not isinstance(zone, str):
            raise InvalidTime(f"a time zone is given by its IANA name, not as {zone!r}")
    zones = _given(execution_timezone=execution, resource_timezone=resource, user_timezone=user)
    return zones or None


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
