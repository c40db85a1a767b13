"""Outbox, stream and webhook against the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from event_scheduler import AsyncEventScheduler, EventScheduler, NewEvent, RetryPolicy, errors, verify_webhook

from .support.hook import receiver
from .support.proxy import Proxy
from .support.server import SECONDS, Server

QUICK = RetryPolicy(base_seconds=0.01)


def due(entity: str, **fields: object) -> NewEvent:
    now = datetime.now(UTC).replace(microsecond=0)
    return NewEvent(type="work", entity_id=entity, at=now, **fields)  # type: ignore[arg-type]


def test_what_is_due_is_fetched_and_acknowledged(client: EventScheduler) -> None:
    scheduled = client.schedule(due("a", payload=[1, None, "ü"]))
    waiting = client.outbox(wait_seconds=20)
    (handed,) = waiting.occurrences
    assert (handed.event_id, handed.payload, handed.attempt) == (scheduled.event_id, [1, None, "ü"], 1)
    assert handed.deadline_at is not None and handed.deadline_at > handed.handed_at >= handed.due_at
    assert client.complete(handed.occurrence_id, handed.attempt).state == "completed"
    assert client.complete(handed.occurrence_id, handed.attempt).state == "completed", "told twice is told once"
    assert client.outbox(after=waiting.last_seq).occurrences == ()
    event = client.get(scheduled.event_id)
    assert [one.outcome for one in event.attempts] == ["completed"]
    assert event.history


def test_what_has_failed_for_good_is_a_dead_letter_and_can_be_tried_again(client: EventScheduler) -> None:
    client.schedule(due("a"))
    (handed,) = client.outbox(wait_seconds=20).occurrences
    assert client.fail(handed.occurrence_id, 1, error="no such printer", retry=False).state == "failed"
    assert [one.occurrence_id for one in client.dead_letters()] == [handed.occurrence_id]
    client.retry(handed.occurrence_id)
    (again,) = client.outbox(wait_seconds=20).occurrences
    assert (again.occurrence_id, again.attempt) == (handed.occurrence_id, 2)
    with pytest.raises(errors.AttemptOver):
        client.fail(handed.occurrence_id, 1, error="late")


def test_a_word_on_what_has_not_begun_and_on_a_recurring_event_is_a_conflict(client: EventScheduler) -> None:
    later = client.schedule(NewEvent(type="work", entity_id="later", at=datetime(2036, 1, 1, tzinfo=UTC)))
    with pytest.raises(errors.NotHandedOver):
        client.complete(later.event_id)
    daily = client.schedule(due("daily", time_zone="UTC", recurrence="FREQ=DAILY"))
    with pytest.raises(errors.OccurrenceRequired):
        client.complete(daily.event_id)


def test_a_stream_goes_on_behind_what_was_received(client: EventScheduler, key: str, proxy: Proxy) -> None:
    client.choose_delivery("sse")
    client.schedule(due("first"))
    with EventScheduler(proxy.address, key, retries=QUICK) as follower:
        stream = follower.stream()
        assert next(stream).entity_id == "first"
        proxy.cut()
        client.schedule(due("second"))
        assert next(stream).entity_id == "second", "the first one, unacknowledged, is not sent again"
        stream.close()
    assert proxy.connections >= 2


def test_a_stream_from_the_beginning_has_all_that_is_outstanding(client: EventScheduler) -> None:
    client.schedule(due("first"))
    client.schedule(due("second"))
    stream = client.stream()
    assert {next(stream).entity_id, next(stream).entity_id} == {"first", "second"}
    stream.close()


def test_a_stream_in_an_event_loop_goes_on_as_well(client: EventScheduler, key: str, proxy: Proxy) -> None:
    async def work() -> None:
        async with AsyncEventScheduler(proxy.address, key, retries=QUICK) as follower:
            stream = follower.stream()
            client.schedule(due("first"))
            assert (await asyncio.wait_for(anext(stream), SECONDS)).entity_id == "first"
            proxy.cut()
            client.schedule(due("second"))
            assert (await asyncio.wait_for(anext(stream), SECONDS)).entity_id == "second"
            await stream.aclose()

    asyncio.run(work())


def test_a_stream_with_a_wrong_key_ends_with_the_refusal(connect: Callable[[str], EventScheduler]) -> None:
    with pytest.raises(errors.SignInRequired):
        next(connect("ces_nobody").stream())


def test_a_real_webhook_passes_and_a_changed_one_does_not(client: EventScheduler) -> None:
    with receiver() as (url, received):
        chosen = client.choose_delivery("webhook", url)
        assert chosen.secret and chosen.secret not in repr(chosen)
        assert client.delivery().secret is None, "it is shown once"
        scheduled = client.schedule(due("hook", payload={"n": 1}))
        headers, body = received.get(timeout=SECONDS)
        handed = verify_webhook(headers, body, chosen.secret)
        assert (handed.event_id, handed.payload) == (scheduled.event_id, {"n": 1})
        _refused(headers, body.replace(b'"n":1', b'"n":2'), chosen.secret)
        _refused(headers, body, "whsec_another")
        _refused(headers, body, "")
        stamp = float({name.lower(): value for name, value in headers.items()}["x-ces-timestamp"])
        _refused(headers, body, chosen.secret, now=stamp + 301)
        _refused(headers, body, chosen.secret, now=stamp - 301)
        _refused({}, body, chosen.secret)
        assert verify_webhook(headers, body, ["whsec_old", chosen.secret], now=stamp + 299) == handed


def _refused(headers: Mapping[str, str], body: bytes, secret: str, now: float | None = None) -> None:
    with pytest.raises(errors.WebhookRejected):
        verify_webhook(headers, body, secret, now=now)


def test_without_sign_in_the_service_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    development = Server(tmp_path_factory.mktemp("development"), "--development")
    try:
        with EventScheduler(development.address, service="mailer") as client:
            client.schedule(due("a"))
            assert client.outbox(wait_seconds=20).occurrences[0].service_id == "mailer"
            assert client.delivery().service_id == "mailer"
    finally:
        development.stop()
