"""The stream of attempts: reading its lines, and going on where it broke off."""

from __future__ import annotations

import json
from dataclasses import dataclass

from . import models
from .calls import Call
from .errors import AnswerUnreadable

SILENCE_SECONDS = 30.0
"""The server sends a heartbeat every 10 s: after three of them the connection counts as broken."""


@dataclass(slots=True)
class Follower:
    """Where a stream is. It outlives connections: ``headers`` let the next one go on behind what was received."""

    call: Call[models.Handover]
    last_id: str | None = None
    failures: int = 0
    """Connections in a row that brought nothing."""
    pause_seconds: float = 0.0
    """What the server asks to wait for before another connection."""
    _id: str | None = None
    _kind: str = ""
    _data: str = ""

    def headers(self) -> dict[str, str]:
        """Of the next connection; also forgets what the one before had begun."""
        self._id, self._kind, self._data = None, "", ""
        resume = {} if self.last_id is None else {"Last-Event-ID": self.last_id}
        return {"Accept": "text/event-stream", "Cache-Control": "no-store", **resume}

    def take(self, line: str) -> models.Handover | None:
        """Takes one line; returns the attempt that it completes."""
        if line:
            self._take_field(line)
            return None
        kind, data, id = self._kind, self._data, self._id
        self._id, self._kind, self._data = None, "", ""
        if kind:
            self.failures = 0
        if kind != "occurrence":
            return None
        try:
            handover = self.call.read(json.loads(data))
        except ValueError as error:
            raise AnswerUnreadable("the stream sent an occurrence that is no JSON") from error
        self.last_id = id or self.last_id
        return handover

    def _take_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "id":
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.pause_seconds = int(value) / 1000
        elif name == "data":
            self._data = f"{self._data}\n{value}" if self._data else value
