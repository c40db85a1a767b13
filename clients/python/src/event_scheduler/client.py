"""The client for programs that block."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from . import models, operations, sse
from .calls import Call, Course, RetryPolicy, answer_of, raise_refusal, unanswered
from .errors import EventSchedulerError
from .operations import Change, DeliveryKind, Disambiguation, Listing, NewEvent, Reading, Recurrence, Reminder
from .settings import Settings

T = TypeVar("T")


class EventScheduler:
    """Schedules with the service at ``base_url``.

    ``api_key`` is the service's key; ``service`` names the service, which only somebody without a key has to do.
    Threads may share one. It keeps connections: close it, or use it in ``with``.
    ``http`` is for settings of your own, such as a proxy; it is closed with this.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        service: str | None = None,
        timeout: float = 10.0,
        retries: RetryPolicy | None = None,
        http: httpx.Client | None = None,
    ) -> None:
        self._settings = Settings(base_url, api_key, service, timeout, retries or RetryPolicy())
        self._http = http or httpx.Client()
        self._service = service

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def schedule(self, event: NewEvent) -> models.Scheduled:
        """Schedules something. However often it has to be sent, it is one event."""
        return self.send(operations.schedule(self._service, event))

    def schedule_many(self, events: Sequence[NewEvent]) -> tuple[models.BatchOutcome, ...]:
        """Schedules 1 to 100 events in one transaction; one that is refused does not stop the others."""
        return self.send(operations.schedule_many(self._service, events))

    def preview(
        self,
        recurrence: Recurrence,
        at: datetime,
        *,
        time_zone: str | None = None,
        disambiguation: Disambiguation | None = None,
        limit: int | None = None,
    ) -> models.Preview:
        """What a recurrence that begins at ``at`` means, and when it occurs from now on; nothing is scheduled."""
        return self.send(operations.preview(recurrence, at, time_zone, disambiguation, limit))

    def upcoming(self, listing: Listing = Listing()) -> Iterator[models.Upcoming]:
        """What is to come, page by page, in the order of time."""
        return self._pages(lambda cursor: operations.upcoming(self._service, listing, cursor))

    def dead_letters(self, listing: Listing = Listing()) -> Iterator[models.Upcoming]:
        """What was given up."""
        return self._pages(lambda cursor: operations.dead_letters(self._service, listing, cursor))

    def get(self, id: str) -> models.ScheduledEvent:
        """An event, or one occurrence, with its attempts and its history."""
        return self.send(operations.get(id))

    def reschedule(self, id: str, change: Change) -> models.ScheduledEvent:
        """Gives an event another time, recurrence, payload or policy."""
        return self.send(operations.reschedule(id, change))

    def cancel(self, id: str) -> models.Cancelled:
        """Takes back an event, or one occurrence."""
        return self.send(operations.cancel(id))

    def cancel_entity(self, entity_id: str, type: str | None = None) -> models.Cancelled:
        """Takes back everything of an entity, or what is of one type."""
        return self.send(operations.cancel_entity(self._service, entity_id, type))

    def set_reminders(
        self,
        *,
        type: str,
        entity_id: str,
        start: datetime,
        end: datetime | None = None,
        time_zone: str | None = None,
        reminders: Sequence[Reminder] | None = None,
        payload: Any = None,
        reading: Reading | None = None,
    ) -> models.RemindersSet:
        """Replaces the reminders of an entity: without ``reminders`` by the server's, by an empty list with none."""
        return self.send(
            operations.set_reminders(
                self._service,
                type=type,
                entity_id=entity_id,
                start=start,
                end=end,
                time_zone=time_zone,
                reminders=reminders,
                payload=payload,
                reading=reading,
            )
        )

    def complete(self, id: str, attempt: int | None = None) -> models.Settled:
        """Says that an attempt was successful."""
        return self.send(operations.complete(id, attempt))

    def fail(
        self, id: str, attempt: int | None = None, *, error: str | None = None, retry: bool | None = None
    ) -> models.Settled:
        """Says that an attempt has failed; with ``retry=False`` there is no other one."""
        return self.send(operations.fail(id, attempt, error, retry))

    def retry(self, id: str) -> models.ScheduledEvent:
        """Tries a dead letter once more."""
        return self.send(operations.retry(id))

    def outbox(self, after: int = 0, *, wait_seconds: int = 0, limit: int | None = None) -> models.Outbox:
        """The attempts that wait to be acknowledged; waits up to ``wait_seconds``, at most 30, for the first."""
        return self.send(operations.outbox(self._service, after, wait_seconds, limit))

    def delivery(self) -> models.Delivery:
        """How the service is told."""
        return self.send(operations.delivery(self._service))

    def choose_delivery(
        self,
        kind: DeliveryKind,
        url: str | None = None,
        *,
        new_secret: bool = False,
        broker: str | None = None,
        task: str | None = None,
        queue: str | None = None,
    ) -> models.Delivery:
        """Chooses how the service is told: by webhook at ``url``, by Celery through ``broker``, ``task`` and ``queue``.

        The secret of a webhook is in this answer and nowhere else.
        """
        return self.send(
            operations.choose_delivery(self._service, kind, url, new_secret, broker, task, queue)
        )

    def stream(self, last_id: str | None = None) -> Generator[models.Handover, None, None]:
        """Follows the attempts as they are handed over, for ever; after a break it goes on behind the last one.

        Receiving is no acknowledgement. Without ``last_id`` it begins with all that is outstanding.
        """
        follower = sse.Follower(operations.stream(self._service), last_id)
        while True:
            try:
                yield from self._connected(follower)
                error: EventSchedulerError | None = None
            except EventSchedulerError as failed:
                error = failed
            time.sleep(self._settings.delay_of_stream(follower, error))

    def _connected(self, follower: sse.Follower) -> Generator[models.Handover, None, None]:
        request = self._settings.stream_request(follower)
        try:
            with self._http.stream(**request) as response:
                if not response.is_success:
                    response.read()
                raise_refusal(response)
                for line in response.iter_lines():
                    if (handover := follower.take(line)) is not None:
                        yield handover
        except httpx.RequestError as error:
            raise unanswered(error) from error

    def _pages(self, page: Callable[[str | None], Call[models.Page]]) -> Iterator[models.Upcoming]:
        cursor: str | None = None
        while True:
            answer = self.send(page(cursor))
            yield from answer.occurrences
            cursor = answer.next_cursor
            if cursor is None:
                return

    def send(self, call: Call[T]) -> T:
        """Sends a call of ``operations``, again where that is safe, and returns its answer."""
        course = Course(call, self._settings.retries)
        while True:
            try:
                return self._send_once(call)
            except EventSchedulerError as error:
                delay = course.delay_after(error)
            time.sleep(delay)

    def _send_once(self, call: Call[T]) -> T:
        try:
            response = self._http.request(**self._settings.request(call))
        except httpx.RequestError as error:
            raise unanswered(error) from error
        return answer_of(call, response)
