"""Tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from .models import Upcoming

UPCOMING = ("due", "type", "entity", "state", "attempt", "occurrence")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows below their header, each column as wide as its widest cell."""
    lines = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(header), *lines]) for column in range(len(header))]
    ruled = [list(header), ["-" * width for width in widths], *lines]
    return "\n".join("  ".join(f"{c:<{w}}" for c, w in zip(line, widths, strict=True)).rstrip() for line in ruled)


def upcoming_rows(occurrences: Iterable[Upcoming]) -> list[tuple[object, ...]]:
    """Occurrences as rows below ``UPCOMING``."""
    return [
        (one.due_at, one.type, one.entity_id, one.state, one.attempt, one.occurrence_id) for one in occurrences
    ]


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    # What somebody has named must not move the terminal's cursor.
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(value))
