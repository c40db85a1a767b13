"""The command, as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from event_scheduler import EventScheduler, NewEvent
from event_scheduler.tables import table

from .support.server import SECONDS, Secured

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(server: Secured, key: str) -> Command:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "event_scheduler", *arguments],
            env={**os.environ, "EVENT_SCHEDULER_URL": server.address, "EVENT_SCHEDULER_KEY": key},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


def test_what_is_scheduled_is_listed_explained_and_taken_back(command: Command) -> None:
    made = command(
        "schedule", "report.send", "sales", "2027-01-04T09:00", "--time-zone", "Europe/Berlin", "--payload", "[1]",
        "--recurrence", "FREQ=WEEKLY", "--json",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    event_id = json.loads(made.stdout)["event_id"]
    spring = ("--from", "2027-03-20T00:00", "--until", "2027-04-10T00:00", "--time-zone", "Europe/Berlin")
    shown = command("upcoming", *spring, "--limit", "2").stdout.splitlines()
    assert [line.split("  ")[0].strip() for line in shown] == [
        "due", "-" * 25, "2027-03-22 09:00:00+01:00", "2027-03-29 09:00:00+02:00",
    ]  # fmt: skip
    (following,) = json.loads(command("next", *spring, "--json").stdout)
    assert following["due_at"] == "2027-03-22T09:00:00+01:00"
    explained = command("explain", event_id)
    for part in ("report.send of sales", "Europe/Berlin", "every week", "history"):
        assert part in explained.stdout, explained.stdout + explained.stderr
    assert json.loads(command("explain", event_id, "--json").stdout)["payload"] == [1]
    assert event_id in command("cancel", event_id).stdout
    assert command("upcoming", *spring).stdout == "nothing is to come\n"


def test_a_rule_is_shown_without_being_scheduled(command: Command) -> None:
    rule = ("next", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", "--zone", "Europe/Berlin", "--at", "2036-10-31T09:00")
    assert [line.strip() for line in command(*rule).stdout.splitlines()][2:] == [
        "2036-10-31 09:00:00+01:00", "2036-11-30 09:00:00+01:00", "no other",
    ]  # fmt: skip
    assert json.loads(command(*rule, "--limit", "1", "--json").stdout)["complete"] is False
    assert command("next", "FREQ=DAILY").returncode == 0
    assert command("upcoming").stdout == "nothing is to come\n"


def test_attempts_are_explained(command: Command, client: EventScheduler) -> None:
    client.schedule(NewEvent(type="work", entity_id="a", at=datetime.now(UTC)))
    (handed,) = client.outbox(wait_seconds=20).occurrences
    client.fail(handed.occurrence_id, 1, error="no such printer", retry=False)
    assert "no such printer" in command("explain", handed.occurrence_id).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["explain", "evt_nothing"], 1, "SCHEDULED_EVENT_NOT_FOUND"),
        (["schedule", "a", "b", "2027-01-04T09:00"], 1, "time_zone"),
        (["schedule", "a", "b", "tomorrow"], 2, "invalid"),
        (["next", "FREQ=SOMETIMES"], 1, "recurrence"),
        (["next", "FREQ=DAILY", "--zone", "Europe/Belrin"], 1, "Europe/Belrin"),
        ([], 2, "required"),
    ],
)
def test_what_is_refused_is_said_in_a_line(command: Command, arguments: list[str], code: int, said: str) -> None:
    refused = command(*arguments)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert said in refused.stderr and "Traceback" not in refused.stderr


def test_a_table_keeps_a_terminal_from_harm() -> None:
    assert "\x1b" not in table(("a",), [("\x1b[2J",)])
