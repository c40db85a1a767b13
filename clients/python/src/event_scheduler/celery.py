"""Celery workers: does the work of what is handed over, and says what came of it.

    @app.task(name="backend.process_event", acks_late=True, reject_on_worker_lost=True)
    @acknowledged(lambda: EventScheduler(URL, KEY))
    def process_event(handover: Handover) -> None:
        ...

Celery itself is not needed to import this.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable
from typing import Any

from .client import EventScheduler
from .errors import AttemptOver, EventFinal
from .models import Handover, decoded

log = logging.getLogger(__name__)

ERROR_CHARS = 500


class GiveUp(Exception):
    """The work cannot be done, now or later: there is no other attempt."""


def acknowledged(
    connect: Callable[[], EventScheduler],
) -> Callable[[Callable[[Handover], None]], Callable[[dict[str, Any]], None]]:
    """Has a function do the work of one attempt, and acknowledges: ``complete`` when it returns, ``fail`` when it raises.

    ``connect`` makes the client, once in every process: workers are forked, and connections are not to be shared.

    What it raises is raised again, so that Celery shows the task as failed. A word that the scheduler does not get
    leads to another attempt: ``handover.occurrence_id`` is the same in each, and the idempotency key of the effect.
    """
    clients: dict[int, EventScheduler] = {}

    def client() -> EventScheduler:
        process = os.getpid()
        if process not in clients:
            clients.clear()
            clients[process] = connect()
        return clients[process]

    def decorate(work: Callable[[Handover], None]) -> Callable[[dict[str, Any]], None]:
        @functools.wraps(work)
        def run(argument: dict[str, Any]) -> None:
            handover = decoded(Handover, argument)
            try:
                work(handover)
            except Exception as error:
                _failed(client(), handover, error)
                raise
            try:
                client().complete(handover.occurrence_id, handover.attempt)
            except EventFinal:
                log.warning("%s was taken back while it was at work", handover.occurrence_id)

        return run

    return decorate


def _failed(client: EventScheduler, handover: Handover, error: Exception) -> None:
    reason = (str(error) or type(error).__name__)[:ERROR_CHARS]
    retry = False if isinstance(error, GiveUp) else None
    try:
        client.fail(handover.occurrence_id, handover.attempt, error=reason, retry=retry)
    except (AttemptOver, EventFinal):
        log.warning("%s: nobody waits for attempt %d any more", handover.occurrence_id, handover.attempt)
