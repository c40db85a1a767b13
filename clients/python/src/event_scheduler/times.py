"""Times on the wire: instants have an offset, local times go with a zone, and nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime

from .errors import InvalidTime


def written(field: str, time: datetime, time_zone: str | None) -> str:
    """``time`` as it is sent, to the millisecond.

    One without an offset is read by the clocks of ``time_zone``, by the server, whose zones are the ones that count.

    Raises ``InvalidTime`` for one that has neither.
    """
    if time.tzinfo is not None and time.utcoffset() is None:
        raise InvalidTime(f"{field}: its tzinfo gives no offset")
    if time.tzinfo is None and time_zone is None:
        raise InvalidTime(f"{field}: {time.isoformat()} has no offset: name a time_zone, or give an aware datetime")
    return time.isoformat(timespec="milliseconds" if time.microsecond else "seconds")


def read(text: str) -> datetime:
    """An instant of the server, aware.

    Raises ``ValueError`` for one without an offset.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return time


def chosen_fold(time: datetime) -> str | None:
    """``later`` for a local time that says itself (``fold=1``, PEP 495) that it means the second of two."""
    return "later" if time.tzinfo is None and time.fold == 1 else None


def now() -> datetime:
    """This machine's clock, in UTC."""
    return datetime.now(UTC)
