"""What a network does to calls: answers that are lost, servers that are busy or away."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from event_scheduler import NEVER, AsyncEventScheduler, EventScheduler, NewEvent, RetryPolicy, errors, operations
from event_scheduler.calls import Call, Course

from .support.proxy import Proxy
from .support.server import Secured, free_port

SOON = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
QUICK = RetryPolicy(base_seconds=0.01)


def event(entity: str = "order-1") -> NewEvent:
    return NewEvent(type="reminder.send", entity_id=entity, at=SOON)


def test_a_schedule_whose_answers_are_lost_makes_one_event(
    server: Secured, key: str, proxy: Proxy, client: EventScheduler
) -> None:
    proxy.lose_answers(2)
    with EventScheduler(proxy.address, key, retries=QUICK) as cut:
        scheduled = cut.schedule(event())
    assert proxy.lost == 2
    keys = re.findall(rb'"idempotency_key":\s*"([^"]+)"', proxy.sent)
    assert len(keys) == 3 and len(set(keys)) == 1, "made by the client, once"
    assert not scheduled.created, "the first attempt had its effect, whose answer was lost"
    assert [one.event_id for one in client.upcoming()] == [scheduled.event_id]


def test_a_batch_whose_answer_is_lost_makes_each_event_once(key: str, proxy: Proxy, client: EventScheduler) -> None:
    proxy.lose_answers(1)
    with EventScheduler(proxy.address, key, retries=QUICK) as cut:
        outcomes = cut.schedule_many([event(f"e-{number}") for number in range(3)])
    assert [one.created for one in outcomes] == [False] * 3
    assert {one.event_id for one in client.upcoming()} == {one.event_id for one in outcomes}


def test_the_client_of_an_event_loop_repeats_as_well(key: str, proxy: Proxy, client: EventScheduler) -> None:
    async def work() -> None:
        proxy.lose_answers(1)
        async with AsyncEventScheduler(proxy.address, key, retries=QUICK) as cut:
            assert not (await cut.schedule(event())).created

    asyncio.run(work())
    assert len(list(client.upcoming())) == 1


def test_without_retries_a_lost_answer_says_that_the_effect_may_be_there(key: str, proxy: Proxy) -> None:
    proxy.lose_answers(1)
    with EventScheduler(proxy.address, key, retries=NEVER) as cut, pytest.raises(errors.NoAnswer) as lost:
        cut.schedule(event())
    assert lost.value.sent


def test_what_is_not_safe_to_repeat_is_not_repeated(key: str, proxy: Proxy) -> None:
    proxy.lose_answers(5)
    with EventScheduler(proxy.address, key, retries=QUICK) as cut, pytest.raises(errors.NoAnswer):
        cut.retry("evt_1")
    assert proxy.lost == 1


def test_a_server_that_is_away_was_not_reached(key: str) -> None:
    with EventScheduler(f"http://127.0.0.1:{free_port()}", key, retries=QUICK) as away:
        with pytest.raises(errors.NoAnswer) as failed:
            away.delivery()
    assert not failed.value.sent


def test_a_busy_server_is_asked_again_when_it_has_said() -> None:
    policy, call = RetryPolicy(attempts=3), operations.retry("evt_1")
    course = Course(call, policy)
    busy = errors.RateLimited(429, "TOO_MANY_REQUESTS", "wait", retry_after=7.0)
    for _ in range(2):
        assert 7.0 <= course.delay_after(busy) <= 7.0 + policy.base_seconds
    with pytest.raises(errors.RateLimited):
        course.delay_after(busy)


def test_a_wait_that_is_too_long_is_left_to_the_caller() -> None:
    busy = errors.RateLimited(429, "TOO_MANY_REQUESTS", "wait", retry_after=3600.0)
    with pytest.raises(errors.RateLimited):
        Course(operations.delivery(None), RetryPolicy()).delay_after(busy)


def test_delays_have_full_jitter_and_a_limit() -> None:
    policy = RetryPolicy(base_seconds=1.0, most_seconds=8.0)
    for attempt, most in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (5000, 8.0)]:
        delays = [policy.jittered(attempt) for _ in range(300)]
        assert 0.0 <= min(delays) < most * 0.2 and most * 0.8 < max(delays) <= most


@pytest.mark.parametrize(
    ("call", "repeated"),
    [
        (operations.complete("o"), True),
        (operations.fail("o", 1), True),
        (operations.fail("o"), False),
        (operations.choose_delivery(None, "outbox"), True),
        (operations.choose_delivery(None, "webhook", "https://example.org"), False),
        (operations.cancel("o"), True),
    ],
)
def test_only_what_is_safe_is_repeatable(call: Call[object], repeated: bool) -> None:
    assert call.repeatable is repeated


def test_the_limit_of_a_minute_is_kept_to(server: Secured, key: str) -> None:
    """The server's own words for too much, not made-up ones."""
    with EventScheduler(server.address, key, retries=NEVER) as client:
        batches = [[event(f"e-{begin + number}") for number in range(100)] for begin in range(0, 800, 100)]
        codes = {one.code for batch in batches for one in client.schedule_many(batch)}
        assert codes == {None, "TOO_MANY_REQUESTS"}, "a batch is refused event by event"
        with pytest.raises(errors.RateLimited) as busy:
            for number in range(100):
                client.schedule(event(f"more-{number}"))
    assert busy.value.retry_after is not None and busy.value.retry_after > 0
    with EventScheduler(server.address, key) as patient:
        assert patient.schedule(event("patient")).created, "who waits for as long as was said gets through"


@pytest.mark.parametrize("address", ["events.example.org", "ftp://events.example.org", "https://", "http://a:b"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        EventScheduler(address)


def test_a_redirect_is_not_followed_because_it_would_take_the_key_elsewhere() -> None:
    asked: list[httpx.Request] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example.org/"})

    http = httpx.Client(transport=httpx.MockTransport(redirect))
    with EventScheduler("https://events.example.org", "k", http=http) as client:
        with pytest.raises(errors.Refused) as refused:
            client.delivery()
    assert (refused.value.status, len(asked)) == (307, 1)


def test_a_page_of_a_proxy_is_no_answer() -> None:
    page = httpx.MockTransport(lambda request: httpx.Response(200, text="<h1>Welcome</h1>"))
    with EventScheduler("http://events.example.org", http=httpx.Client(transport=page)) as client:
        with pytest.raises(errors.AnswerUnreadable):
            client.delivery()
