"""The lines of a stream, without a network."""

from __future__ import annotations

import json
from typing import Any

import pytest

from event_scheduler import RetryPolicy, errors, operations
from event_scheduler.settings import Settings
from event_scheduler.sse import Follower

HANDED: dict[str, Any] = {
    "occurrence_id": "o", "event_id": "e", "type": "t", "service_id": "s", "entity_id": "x", "payload": "ü\n",
    "scheduled_time": "2027-05-01T09:00:00Z", "due_at": "2027-05-01T09:00:00Z", "timezone_context": {}, "attempt": 1,
    "max_attempts": 4, "handed_at": "2027-05-01T09:00:00.004Z", "of_a_later_version": True,
}  # fmt: skip


def taken(follower: Follower, *lines: str) -> list[str]:
    found = [follower.take(line) for line in lines]
    return [one.occurrence_id for one in found if one is not None]


def test_a_place_is_taken_with_a_whole_event_only() -> None:
    follower = Follower(operations.stream(None))
    data = f"data: {json.dumps(HANDED)}"
    assert taken(follower, ": comment", "event: occurrence", "id: 7", data) == []
    assert "Last-Event-ID" not in follower.headers(), "the connection broke off before the event was whole"
    assert taken(follower, "") == [], "and its half is forgotten"
    assert taken(follower, "event: occurrence", "id: 8", data, "") == ["o"]
    assert taken(follower, "event: heartbeat", "data: {}", "", "id: 99", "") == []
    assert follower.headers()["Last-Event-ID"] == "8"


def test_what_cannot_be_read_is_said_and_not_passed_over() -> None:
    follower = Follower(operations.stream(None))
    with pytest.raises(errors.AnswerUnreadable):
        taken(follower, "event: occurrence", "id: 1", 'data: {"occurrence_id": 1}', "")
    assert follower.last_id is None


def test_a_stopping_server_is_given_the_time_that_it_asks_for() -> None:
    settings = Settings("https://events.example.org", None, None, 10.0, RetryPolicy(base_seconds=0.5))
    follower = Follower(operations.stream(None))
    taken(follower, "retry: 2000", "")
    assert 2.0 <= settings.delay_of_stream(follower, None) <= 2.5
    with pytest.raises(errors.Forbidden):
        settings.delay_of_stream(follower, errors.Forbidden(403, "FORBIDDEN", "no"))
