"""Recurrences and reminders that many need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from .operations import Reminder


def daily(*, every: int = 1, count: int | None = None) -> dict[str, Any]:
    """Every day, or every ``every`` days, at the time of day at which it begins, by the clocks of its zone."""
    return _rule("daily", every, count)


def weekly(days: Sequence[str], *, every: int = 1, count: int | None = None) -> dict[str, Any]:
    """On ``days`` of the week, such as ``["MO", "FR"]``."""
    return _rule("weekly", every, count) | {"by_day": list(days)}


def monthly_report(
    day: int, *, skip: Literal["omit", "backward", "forward"] = "backward", count: int | None = None
) -> dict[str, Any]:
    """On a day of every month, negative from its end.

    ``skip`` says what becomes of a day that a month does not have: with 31, ``backward`` is the last day of each month,
    ``forward`` the first of the next, ``omit`` leaves the month out.
    """
    if day == 0 or abs(day) > 31:
        raise ValueError(f"day: {day} is no day of a month: 1 to 31, or -1 to -31 from its end")
    return _rule("monthly", 1, count) | {"by_month_day": [day], "skip": skip}


def appointment_reminders(
    *, before_minutes: Sequence[int] = (24 * 60, 120, 15), after_minutes: Sequence[int] = (60,)
) -> list[Reminder]:
    """Reminders before the beginning and after the end, named by their distance, such as ``before_15``."""
    before = [Reminder(f"before_{minutes}", -minutes) for minutes in before_minutes]
    return before + [Reminder(f"after_{minutes}", minutes, "end") for minutes in after_minutes]


def _rule(frequency: str, interval: int, count: int | None) -> dict[str, Any]:
    counted = {} if count is None else {"count": count}
    return {"frequency": frequency, "interval": interval, **counted}
