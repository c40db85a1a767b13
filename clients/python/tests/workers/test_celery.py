"""Every occurrence has its effect, whatever becomes of the workers and of the broker."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from event_scheduler import EventScheduler, NewEvent, errors

from ..support.server import Secured, until
from .brokers import Broker, RabbitMq, Redis
from .worker import Worker

SEED = int(os.environ.get("CES_SEED", "1"))
OCCURRENCES = int(os.environ.get("CES_CELERY_OCCURRENCES", "200"))
SECONDS = int(os.environ.get("CES_CELERY_SECONDS", "12"))


class Scene:
    """A broker, a server that knows it, and a service that has chosen it."""

    def __init__(self, folder: Path, broker: Broker, to_close: ExitStack) -> None:
        self.broker = broker
        to_close.callback(broker.close)
        broker.start()
        self.server = Secured(folder, "--celery-broker", f"main={broker.url}", "--service-events-per-minute", "0")
        to_close.callback(self.server.stop)
        key = self.server.key("shop")
        self.client = to_close.enter_context(EventScheduler(self.server.address, key))
        self.worker = Worker(folder, broker.url, self.server.address, key)
        to_close.callback(self.worker.close)

    def effects(self) -> list[dict[str, Any]]:
        if not self.worker.effects.exists():
            return []
        return [json.loads(line) for line in self.worker.effects.read_text().splitlines()]

    def due(self, entity: str, at: datetime, **fields: Any) -> NewEvent:
        return NewEvent(
            type="work", entity_id=entity, at=at, retry_delay_seconds=1, timeout_seconds=4, max_retries=15, **fields
        )

    def state(self, id: str) -> str:
        """Where the one occurrence of an event stands."""
        return self.client.get(id).occurrences[0].state


@pytest.fixture(params=[Redis, RabbitMq], ids=["redis", "rabbitmq"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as to_close:
        yield Scene(tmp_path, request.param(tmp_path), to_close)


def test_workers_that_are_killed_again_and_again_lose_nothing(scene: Scene) -> None:
    chosen = scene.client.choose_delivery("celery")
    assert (chosen.broker, chosen.task, chosen.queue) == ("main", "backend.process_event", "backend-events")
    chance = random.Random(SEED)
    begin = datetime.now(UTC) + timedelta(seconds=2)
    events = [
        scene.due(f"order-{n}", begin + timedelta(seconds=chance.uniform(0, SECONDS)), payload={"n": n})
        for n in range(OCCURRENCES)
    ]
    outcomes = [one for some in range(0, OCCURRENCES, 100) for one in scene.client.schedule_many(events[some : some + 100])]
    waiting = {one.event_id for one in outcomes if one.event_id is not None}
    assert len(waiting) == OCCURRENCES
    kills = 0
    scene.worker.start()
    while datetime.now(UTC) < begin + timedelta(seconds=SECONDS):
        time.sleep(chance.uniform(2, 5))
        scene.worker.kill()
        kills += 1
        scene.worker.start()

    def all_done() -> bool | None:
        for id in list(waiting):
            if scene.state(id) == "completed":
                waiting.discard(id)
        return not waiting or None

    until(all_done, f"{len(waiting)} of {OCCURRENCES} occurrences")
    effects = scene.effects()
    assert {one["payload"]["n"] for one in effects} == set(range(OCCURRENCES)), "none is lost"
    for one in effects:
        assert one["task_id"] == one["occurrence_id"]
        assert one["at"] >= one["due_at"], "nothing is handed over before it is due"
    again = sum(one["attempt"] > 1 for one in effects)
    print(f"| {type(scene.broker).__name__} | {SEED} | {kills} | {OCCURRENCES} | {len(effects)} | {again} | 0 |")


def test_a_broker_that_is_away_costs_no_attempt(scene: Scene) -> None:
    scene.client.choose_delivery("celery")
    scene.broker.stop()
    event = scene.due("order-1", datetime.now(UTC))
    id = scene.client.schedule(event).event_id

    def unreached() -> bool | None:
        return any(one.outcome == "unreached" for one in scene.client.get(id).attempts) or None

    until(unreached, "an attempt that reaches nobody")
    (reason,) = {one.detail for one in scene.client.get(id).attempts if one.outcome == "unreached"}
    assert reason is not None and "main" in reason and "127.0.0.1" not in reason
    scene.broker.start()
    scene.worker.start()
    until(lambda: scene.state(id) == "completed" or None, "the effect")
    assert [one["task_id"] for one in scene.effects()][0].startswith(id)


def test_work_that_is_given_up_is_a_dead_letter(scene: Scene) -> None:
    scene.client.choose_delivery("celery")
    scene.worker.start()
    event = NewEvent(type="hopeless", entity_id="order-1", at=datetime.now(UTC))
    id = scene.client.schedule(event).event_id
    until(lambda: scene.state(id) == "failed" or None, "a dead letter")
    (attempt,) = scene.client.get(id).attempts
    assert (attempt.outcome, attempt.detail) == ("failed", "there is no such printer")
    with pytest.raises(errors.InvalidInput, match="backend-events"):
        scene.client.choose_delivery("celery", queue="elsewhere")
