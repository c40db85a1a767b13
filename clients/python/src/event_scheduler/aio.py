"""The client for programs with an event loop. What is sent, and what answers mean, is as in ``client``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
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


class AsyncEventScheduler:
    """Schedules with the service at ``base_url``.

    ``api_key`` is the service's key; ``service`` names the service, which only somebody without a key has to do.
    It belongs to one event loop and keeps connections: close it, or use it in ``async with``.
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
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._settings = Settings(base_url, api_key, service, timeout, retries or RetryPolicy())
        self._http = http or httpx.AsyncClient()
        self._service = service

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def schedule(self, event: NewEvent) -> models.Scheduled:
        """Schedules something. However often it has to be sent, it is one event."""
        return await self.send(operations.schedule(self._service, event))

    async def schedule_many(self, events: Sequence[NewEvent]) -> tuple[models.BatchOutcome, ...]:
        """Schedules 1 to 100 events in one transaction; one that is refused does not stop the others."""
        return await self.send(operations.schedule_many(self._service, events))

    async def preview(
        self,
        recurrence: Recurrence,
        at: datetime,
        *,
        time_zone: str | None = None,
        disambiguation: Disambiguation | None = None,
        limit: int | None = None,
    ) -> models.Preview:
        """What a recurrence that begins at ``at`` means, and when it occurs from now on; nothing is scheduled."""
        return await self.send(operations.preview(recurrence, at, time_zone, disambiguation, limit))

    def upcoming(self, listing: Listing = Listing()) -> AsyncIterator[models.Upcoming]:
        """What is to come, page by page, in the order of time."""
        return self._pages(lambda cursor: operations.upcoming(self._service, listing, cursor))

    def dead_letters(self, listing: Listing = Listing()) -> AsyncIterator[models.Upcoming]:
        """What was given up."""
        return self._pages(lambda cursor: operations.dead_letters(self._service, listing, cursor))

    async def get(self, id: str) -> models.ScheduledEvent:
        """An event, or one occurrence, with its attempts and its history."""
        return await self.send(operations.get(id))

    async def reschedule(self, id: str, change: Change) -> models.ScheduledEvent:
        """Gives an event another time, recurrence, payload or policy."""
        return await self.send(operations.reschedule(id, change))

    async def cancel(self, id: str) -> models.Cancelled:
        """Takes back an event, or one occurrence."""
        return await self.send(operations.cancel(id))

    async def cancel_entity(self, entity_id: str, type: str | None = None) -> models.Cancelled:
        """Takes back everything of an entity, or what is of one type."""
        return await self.send(operations.cancel_entity(self._service, entity_id, type))

    async def set_reminders(
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
        return await self.send(
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

    async def complete(self, id: str, attempt: int | None = None) -> models.Settled:
        """Says that an attempt was successful."""
        return await self.send(operations.complete(id, attempt))

    async def fail(
        self, id: str, attempt: int | None = None, *, error: str | None = None, retry: bool | None = None
    ) -> models.Settled:
        """Says that an attempt has failed; with ``retry=False`` there is no other one."""
        return await self.send(operations.fail(id, attempt, error, retry))

    async def retry(self, id: str) -> models.ScheduledEvent:
        """Tries a dead letter once more."""
        return await self.send(operations.retry(id))

    async def outbox(self, after: int = 0, *, wait_seconds: int = 0, limit: int | None = None) -> models.Outbox:
        """The attempts that wait to be acknowledged; waits up to ``wait_seconds``, at most 30, for the first."""
        return await self.send(operations.outbox(self._service, after, wait_seconds, limit))

    async def delivery(self) -> models.Delivery:
        """How the service is told."""
        return await self.send(operations.delivery(self._service))

    async def choose_delivery(
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
        return await self.send(
            operations.choose_delivery(self._service, kind, url, new_secret, broker, task, queue)
        )

    async def stream(self, last_id: str | None = None) -> AsyncGenerator[models.Handover, None]:
        """Follows the attempts as they are handed over, for ever; after a break it goes on behind the last one.

        Receiving is no acknowledgement. Without ``last_id`` it begins with all that is outstanding.
        """
        follower = sse.Follower(operations.stream(self._service), last_id)
        while True:
            try:
                async with aclosing(self._connected(follower)) as received:
                    async for handover in received:
                        yield handover
                error: EventSchedulerError | None = None
            except EventSchedulerError as failed:
                error = failed
            await asyncio.sleep(self._settings.delay_of_stream(follower, error))

    async def _connected(self, follower: sse.Follower) -> AsyncGenerator[models.Handover, None]:
        request = self._settings.stream_request(follower)
        try:
            async with self._http.stream(**request) as response:
                if not response.is_success:
                    await response.aread()
                raise_refusal(response)
                async for line in response.aiter_lines():
                    if (handover := follower.take(line)) is not None:
                        yield handover
        except httpx.RequestError as error:
            raise unanswered(error) from error

    async def _pages(self, page: Callable[[str | None], Call[models.Page]]) -> AsyncIterator[models.Upcoming]:
        cursor: str | None = None
        while True:
            answer = await self.send(page(cursor))
            for occurrence in answer.occurrences:
                yield occurrence
            cursor = answer.next_cursor
            if cursor is None:
                return

    async def send(self, call: Call[T]) -> T:
        """Sends a call of ``operations``, again where that is safe, and returns its answer."""
        course = Course(call, self._settings.retries)
        while True:
            try:
                return await self._send_once(call)
            except EventSchedulerError as error:
                delay = course.delay_after(error)
            await asyncio.sleep(delay)

    async def _send_once(self, call: Call[T]) -> T:
        try:
            response = await self._http.request(**self._settings.request(call))
        except httpx.RequestError as error:
            raise unanswered(error) from error
        return answer_of(call, response)
