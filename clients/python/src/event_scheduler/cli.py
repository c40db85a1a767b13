"""The command ``event-scheduler``: what is coming, and why something has not happened."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .client import EventScheduler
from .errors import EventSchedulerError
from .models import ScheduledEvent
from .operations import Listing, NewEvent
from .tables import UPCOMING, table, upcoming_rows

DESCRIPTION = """Asks the scheduling service of client-event-scheduler.
The key is taken from EVENT_SCHEDULER_KEY: an argument could be read by everybody on the machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 is success, 1 a refusal, 2 wrong arguments."""
    options = _parser().parse_args(arguments)
    try:
        with EventScheduler(options.url, os.environ.get("EVENT_SCHEDULER_KEY"), service=options.service) as client:
            shown = options.run(client, options)
    except (EventSchedulerError, ValueError) as error:
        print(f"event-scheduler: {error}", file=sys.stderr)
        return 1
    print(shown)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("event-scheduler", description=DESCRIPTION)
    url = os.environ.get("EVENT_SCHEDULER_URL", "http://127.0.0.1:8005")
    parser.add_argument("--url", default=url, help="address of the server (EVENT_SCHEDULER_URL)")
    service = os.environ.get("EVENT_SCHEDULER_SERVICE")
    parser.add_argument("--service", default=service, help="the service, for who has no key (EVENT_SCHEDULER_SERVICE)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    upcoming = _command(commands, "upcoming", "lists what is to come", _upcoming)
    _filters(upcoming)
    upcoming.add_argument("--limit", type=_positive, default=50, help="rows at most (50)")

    following = _command(commands, "next", "shows what comes next, or when a rule would occur", _next)
    following.add_argument("rule", nargs="?", help="a rule such as FREQ=WEEKLY;BYDAY=MO, which need not be scheduled")
    following.add_argument("--at", type=datetime.fromisoformat, help="when the rule begins: now, by the zone's clocks")
    following.add_argument("--limit", type=_positive, default=10, help="occurrences of the rule at most (10)")
    _filters(following)

    schedule = _command(commands, "schedule", "schedules something", _schedule)
    schedule.add_argument("type")
    schedule.add_argument("entity")
    schedule.add_argument("at", type=datetime.fromisoformat, help="with an offset, or local with --time-zone")
    schedule.add_argument("--time-zone", help="IANA zone by whose clocks the time is read")
    schedule.add_argument("--payload", type=json.loads, help="JSON")
    schedule.add_argument("--recurrence", help="a rule such as FREQ=WEEKLY;BYDAY=MO")
    schedule.add_argument("--idempotency-key", help="the same key again returns the first event")

    cancel = _command(commands, "cancel", "takes back an event or an occurrence", _cancel)
    cancel.add_argument("id")

    explain = _command(commands, "explain", "shows an event with its attempts and history", _explain)
    explain.add_argument("id")
    return parser


def _command(
    commands: Any, name: str, what: str, run: Callable[[EventScheduler, argparse.Namespace], str]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what)
    parser.add_argument("--json", action="store_true", help="JSON instead of tables")
    parser.set_defaults(run=run)
    return parser


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--type", help="of this type only")
    parser.add_argument("--entity", help="of this entity only")
    parser.add_argument("--time-zone", "--zone", help="IANA zone in which times are read and shown; UTC unless given")
    parser.add_argument("--from", dest="start", type=datetime.fromisoformat, help="from this time on: now")
    parser.add_argument("--until", dest="end", type=datetime.fromisoformat, help="before this time: 30 days later")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _upcoming(client: EventScheduler, options: argparse.Namespace) -> str:
    return _listed(client, options, options.limit)


def _next(client: EventScheduler, options: argparse.Namespace) -> str:
    if options.rule is None:
        return _listed(client, options, 1)
    zone = options.time_zone or "UTC"
    at = options.at or _now_in(zone)
    shown = client.preview(options.rule, at, time_zone=zone, limit=options.limit)
    if options.json:
        return _json(dataclasses.asdict(shown))
    ends = [] if not shown.complete else [("no other",)]
    more = [(f"given up: {shown.stopped}",)] if shown.stopped is not None else ends
    return table((shown.recurrence_text,), [*((one,) for one in shown.occurrences), *more])


def _now_in(zone: str) -> datetime:
    """What clocks of a zone show now."""
    try:
        return datetime.now(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{zone}: no such zone is known here; say with --at when the rule begins") from error


def _listed(client: EventScheduler, options: argparse.Namespace, limit: int) -> str:
    listing = Listing(
        entity_id=options.entity,
        type=options.type,
        start=options.start,
        end=options.end,
        time_zone=options.time_zone,
        page_size=min(limit, 1000),
    )
    found = list(itertools.islice(client.upcoming(listing), limit))
    if options.json:
        return _json([dataclasses.asdict(one) for one in found])
    return table(UPCOMING, upcoming_rows(found)) if found else "nothing is to come"


def _schedule(client: EventScheduler, options: argparse.Namespace) -> str:
    key = {} if options.idempotency_key is None else {"idempotency_key": options.idempotency_key}
    scheduled = client.schedule(
        NewEvent(
            type=options.type,
            entity_id=options.entity,
            at=options.at,
            time_zone=options.time_zone,
            payload=options.payload,
            recurrence=options.recurrence,
            **key,
        )
    )
    if options.json:
        return _json(dataclasses.asdict(scheduled))
    header = ("event", "scheduled at", "new", "adjusted")
    new = "yes" if scheduled.created else "no"
    return table(header, [(scheduled.event_id, scheduled.scheduled_at, new, scheduled.adjusted)])


def _cancel(client: EventScheduler, options: argparse.Namespace) -> str:
    answer = client.cancel(options.id)
    if options.json:
        return _json(dataclasses.asdict(answer))
    row = (" ".join(answer.event_ids), answer.cancelled, answer.under_way)
    return table(("event", "taken back", "under way"), [row])


def _explain(client: EventScheduler, options: argparse.Namespace) -> str:
    event = client.get(options.id)
    return _json(dataclasses.asdict(event)) if options.json else explained(event)


def explained(event: ScheduledEvent) -> str:
    """An event with its occurrences, attempts and history, the latest first."""
    about = [
        ("event", event.event_id),
        ("what", f"{event.type} of {event.entity_id} ({event.service_id})"),
        ("state", event.state),
        ("written as", event.scheduled_time),
        ("at", event.scheduled_at),
        ("by the clocks of", event.timezone_context.execution_timezone),
        ("repeats", event.recurrence_text),
        ("reminder", event.reminder),
    ]
    occurrences = [(one.due_at, one.state, one.attempt, one.next_at, one.reason) for one in event.occurrences]
    attempts = [
        (one.begun_at, one.attempt, one.delivery, one.deadline_at, one.outcome, one.detail) for one in event.attempts
    ]
    history = [(one.at, one.action, one.actor, one.before, one.after, one.reason) for one in event.history]
    parts = [
        table(("", ""), [row for row in about if row[1] is not None]).split("\n", 2)[2],
        table(("due", "state", "attempts", "next at", "reason"), occurrences),
        table(("attempt begun", "no.", "delivery", "deadline", "outcome", "why"), attempts),
        table(("history", "action", "by", "before", "after", "reason"), history),
    ]
    return "\n\n".join(parts)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=lambda one: one.isoformat())
