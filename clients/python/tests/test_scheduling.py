"""Scheduling against the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from event_scheduler import AsyncEventScheduler, Change, EventScheduler, Listing, NewEvent, Reminder, errors, rules

from .support.server import Secured

SOON = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
SPRING = datetime(2027, 3, 28, 2, 30)
AUTUMN = datetime(2027, 10, 31, 2, 30)
BERLIN = "Europe/Berlin"


def event(entity: str = "order-1", at: datetime = SOON, **fields: object) -> NewEvent:
    return NewEvent(type="reminder.send", entity_id=entity, at=at, **fields)  # type: ignore[arg-type]


def test_an_event_is_scheduled_read_moved_and_taken_back(client: EventScheduler) -> None:
    scheduled = client.schedule(event(payload={"template": "pick-up"}))
    assert (scheduled.created, scheduled.scheduled_at, scheduled.adjusted) == (True, SOON, None)
    read = client.get(scheduled.event_id)
    assert (read.payload, read.state, read.scheduled_at) == ({"template": "pick-up"}, "active", SOON)
    assert [one.state for one in read.occurrences] == ["scheduled"]
    moved = client.reschedule(scheduled.event_id, Change(at=SOON + timedelta(hours=1), payload=[2]))
    assert (moved.scheduled_at, moved.payload) == (SOON + timedelta(hours=1), [2])
    assert client.cancel(scheduled.event_id).cancelled == 1
    assert client.cancel(scheduled.event_id).cancelled == 0, "taking back twice is taking back once"
    assert client.get(scheduled.event_id).state == "cancelled"
    with pytest.raises(errors.EventFinal):
        client.reschedule(scheduled.event_id, Change(at=SOON))


def test_a_recurrence_stays_unless_it_is_named_and_ends_with_none(client: EventScheduler) -> None:
    scheduled = client.schedule(event(recurrence=rules.weekly(["MO", "FR"]), time_zone=BERLIN))
    assert "BYDAY=MO,FR" in (client.reschedule(scheduled.event_id, Change(max_retries=1)).recurrence or "")
    assert client.reschedule(scheduled.event_id, Change(recurrence=None)).recurrence is None


def test_an_aware_time_of_any_zone_is_that_instant(client: EventScheduler) -> None:
    there = SOON.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert client.schedule(event(at=there)).scheduled_at == SOON


def test_a_naive_time_without_a_zone_is_refused_before_anything_is_sent(client: EventScheduler) -> None:
    with pytest.raises(errors.InvalidTime, match="time_zone"):
        client.schedule(event(at=datetime(2027, 5, 1, 9)))
    with pytest.raises(errors.InvalidTime, match="start"):
        list(client.upcoming(Listing(start=datetime(2027, 5, 1, 9))))


@pytest.mark.parametrize(
    ("entity", "at", "disambiguation", "expected", "adjusted"),
    [
        ("plain", datetime(2027, 7, 1, 9), None, datetime(2027, 7, 1, 7, tzinfo=UTC), None),
        ("gap", SPRING, None, datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "gap"),
        ("gap-earlier", SPRING, "earlier", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "gap"),
        ("fold", AUTUMN, None, datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "fold"),
        ("fold-later", AUTUMN, "later", datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "fold"),
        ("fold-1", AUTUMN.replace(fold=1), None, datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "fold"),
    ],
)
def test_a_local_time_is_read_by_the_clocks_of_its_zone(
    client: EventScheduler,
    entity: str,
    at: datetime,
    disambiguation: str | None,
    expected: datetime,
    adjusted: str | None,
) -> None:
    scheduled = client.schedule(event(entity, at, time_zone=BERLIN, disambiguation=disambiguation))
    assert (scheduled.scheduled_at, scheduled.adjusted) == (expected, adjusted)


@pytest.mark.parametrize("at", [SPRING, AUTUMN])
def test_a_time_that_clocks_skip_or_show_twice_can_be_refused(client: EventScheduler, at: datetime) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        client.schedule(event(at=at, time_zone=BERLIN, disambiguation="reject"))
    assert [one.field for one in refused.value.problems] == ["scheduled_time"]


def test_every_problem_of_a_request_is_told_at_once(client: EventScheduler) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        client.schedule(event("", max_retries=1_000_000, recurrence="FREQ=NEVER"))
    assert refused.value.code == "INVALID_INPUT"
    assert len(refused.value.problems) >= 3, refused.value
    assert refused.value.request_id


def test_an_idempotency_key_returns_the_first_event_and_refuses_another_body(client: EventScheduler) -> None:
    first = client.schedule(event(idempotency_key="k"))
    again = client.schedule(event(idempotency_key="k"))
    assert (again.event_id, again.created) == (first.event_id, False)
    with pytest.raises(errors.IdempotencyKeyReused):
        client.schedule(event("order-2", idempotency_key="k"))


def test_of_a_batch_what_is_right_is_scheduled_and_the_rest_says_why(client: EventScheduler) -> None:
    good, bad = client.schedule_many([event("a"), event("", recurrence="FREQ=NEVER")])
    assert good.success and good.event_id and good.scheduled_at == SOON
    assert not bad.success and bad.code == "INVALID_INPUT" and bad.problems


def test_what_is_to_come_goes_over_pages(client: EventScheduler) -> None:
    client.schedule(event("daily", recurrence=rules.daily(count=5)))
    client.schedule_many([event(f"one-{number}") for number in range(4)])
    found = list(client.upcoming(Listing(page_size=2, time_zone=BERLIN)))
    assert len(found) == 9
    assert found == sorted(found, key=lambda one: (one.due_at, one.occurrence_id))
    assert [one.due_at - SOON for one in found[4:]] == [timedelta(days=day) for day in range(5)][0:5]
    assert len(list(client.upcoming(Listing(entity_id="one-1")))) == 1
    assert client.cancel_entity("daily").cancelled == 5
    assert len(list(client.upcoming())) == 4


def test_a_monthly_report_on_the_31st_comes_on_the_last_day_of_each_month(client: EventScheduler) -> None:
    begins = datetime(2027, 1, 31, 8)
    client.schedule(event("report", begins, time_zone=BERLIN, recurrence=rules.monthly_report(31)))
    until = datetime(2027, 6, 1)
    found = client.upcoming(Listing(start=begins, end=until, time_zone=BERLIN))
    assert [(one.due_at.month, one.due_at.day, one.due_at.hour) for one in found] == [
        (1, 31, 8), (2, 28, 8), (3, 31, 8), (4, 30, 8), (5, 31, 8),
    ]  # fmt: skip


def test_reminders_of_an_appointment_are_replaced_as_a_whole(client: EventScheduler) -> None:
    def remind(start: datetime, reminders: list[Reminder] | None) -> tuple[int, int]:
        answer = client.set_reminders(
            type="visit", entity_id="v", start=start, end=start + timedelta(hours=1), reminders=reminders
        )
        return len(answer.reminders), answer.replaced

    assert remind(SOON, rules.appointment_reminders()) == (4, 0)
    assert remind(SOON + timedelta(hours=1), None) == (4, 4)
    assert remind(SOON, []) == (0, 4)


def test_a_service_sees_nothing_of_another_one(
    client: EventScheduler, other_key: str, connect: Callable[[str], EventScheduler]
) -> None:
    mine, other = client.schedule(event()), connect(other_key)
    for refused in (
        lambda: other.get(mine.event_id),
        lambda: other.cancel(mine.event_id),
        lambda: other.reschedule(mine.event_id, Change(max_retries=1)),
    ):
        with pytest.raises(errors.NotFound):
            refused()
    assert list(other.upcoming()) == []
    assert other.cancel_entity("order-1").event_ids == ()
    assert client.get(mine.event_id).state == "active"


def test_a_wrong_key_and_one_without_the_scope_are_told_apart(
    server: Secured, connect: Callable[[str], EventScheduler]
) -> None:
    with pytest.raises(errors.SignInRequired):
        connect("ces_nobody").schedule(event())
    with pytest.raises(errors.Forbidden):
        connect(server.key("reader", ("schedules:read",))).schedule(event())


def test_two_threads_share_a_client(client: EventScheduler) -> None:
    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(lambda number: client.schedule(event(f"e-{number}")), range(20)))
        same = list(threads.map(lambda _: client.schedule(event("same", idempotency_key="same")), range(10)))
    assert len({one.event_id for one in made}) == 20
    assert len({one.event_id for one in same}) == 1
    assert sum(one.created for one in same) == 1


def test_the_client_of_an_event_loop_does_the_same(server: Secured, key: str) -> None:
    async def work() -> None:
        async with AsyncEventScheduler(server.address, key) as client:
            made = await asyncio.gather(*(client.schedule(event(f"e-{number}")) for number in range(10)))
            assert len({one.event_id for one in made}) == 10
            found = [one async for one in client.upcoming(Listing(page_size=3))]
            assert len(found) == 10
            assert (await client.get(made[0].event_id)).entity_id == "e-0"
            assert (await client.cancel(made[0].event_id)).cancelled == 1
            with pytest.raises(errors.NotFound):
                await client.get("evt_nothing")

    asyncio.run(work())
