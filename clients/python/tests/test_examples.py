"""The examples, run as they are, with the real server that calls them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from event_scheduler import EventScheduler, models

from .support.server import SECONDS, Secured, answers, free_port, until

EXAMPLES = Path(os.environ["CES_PYTHON_EXAMPLES"])


@contextmanager
def program(folder: Path, address: str, environment: dict[str, str], *command: str) -> Iterator[None]:
    """A program that answers at an address, and ends with this."""
    process = subprocess.Popen([sys.executable, *command], cwd=folder, env={**os.environ, **environment})
    try:
        until(answers(address), f"the example in {folder.name}", process)
        yield
    finally:
        process.kill()
        process.wait()


def reminded(database: Path) -> str | None:
    """The occurrence of which the example has noted that it was done."""
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT occurrence_id FROM visits_reminded").fetchone()
    return None if row is None else str(row[0])


def settled(client: EventScheduler, event_id: str) -> models.ScheduledEvent:
    """The event once it is over."""

    def ask() -> models.ScheduledEvent | None:
        event = client.get(event_id)
        return event if event.occurrences and event.occurrences[0].state in ("completed", "failed") else None

    return until(ask, f"the end of {event_id}")


def test_an_order_in_fastapi_is_reminded_of_and_acknowledged(
    server: Secured, key: str, client: EventScheduler
) -> None:
    address = f"http://127.0.0.1:{(port := free_port())}"
    settings = {"EVENT_SCHEDULER_URL": server.address, "EVENT_SCHEDULER_KEY": key, "HOOK_URL": f"{address}/hook"}
    command = ("-m", "uvicorn", "main:app", "--port", str(port), "--log-level", "warning")
    with program(EXAMPLES / "fastapi_app", address, settings, *command):
        order = {"item": "tea", "remind_at": datetime.now(UTC).isoformat()}
        created = httpx.post(f"{address}/orders", json=order)
        assert created.status_code == 201, created.text
        event = settled(client, created.json()["event_id"])
        assert event.occurrences[0].state == "completed"
        assert [(one.delivery, one.outcome) for one in event.attempts] == [("webhook", "completed")]
        naive = httpx.post(f"{address}/orders", json={"item": "tea", "remind_at": "2027-05-01T09:00"})
        assert naive.status_code == 422 and "time_zone" in naive.text
        assert httpx.post(f"{address}/hook", json={}).status_code == 401


def test_a_visit_in_django_has_its_reminders_and_the_command_lists_them(
    server: Secured, key: str, client: EventScheduler, tmp_path: Path
) -> None:
    address, folder = f"http://127.0.0.1:{(port := free_port())}", EXAMPLES / "django_app"
    secret = client.choose_delivery("webhook", f"{address}/hook").secret
    assert secret
    settings = {
        "EVENT_SCHEDULER_URL": server.address,
        "EVENT_SCHEDULER_KEY": key,
        "EVENT_SCHEDULER_SECRET": secret,
        "DATABASE": str(tmp_path / "visits.db"),
        "SECRET_KEY": "a key for tests",
    }

    def manage(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=folder,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
            check=True,
        ).stdout

    manage("migrate", "--run-syncdb", "--verbosity", "0")
    assert manage("scheduler_upcoming") == "nothing is to come\n"
    with program(folder, address, settings, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"):
        starts = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
        visit = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat()}
        created = httpx.post(f"{address}/visits", json=visit)
        assert created.status_code == 201, created.text
        listed = manage("scheduler_upcoming", "--time-zone", "Europe/Berlin")
        assert "visit.reminder" in listed and "scheduled" in listed, listed
        occurrence_id = until(lambda: reminded(Path(settings["DATABASE"])), "the reminder at the beginning")
        event = settled(client, occurrence_id)
        assert event.reminder == "before_0"
        assert [(one.delivery, one.outcome) for one in event.attempts] == [("webhook", "completed")]
        assert httpx.post(f"{address}/hook", json={}).status_code == 401
