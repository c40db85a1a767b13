"""The application that the workers of these tests run: it writes down every effect."""

from __future__ import annotations

import json
import os
import time

from celery import Celery, current_task

from event_scheduler import EventScheduler
from event_scheduler.celery import GiveUp, acknowledged
from event_scheduler.models import Handover

MOMENT = 0.03

app = Celery("effects", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
)


def connect() -> EventScheduler:
    return EventScheduler(os.environ["EVENT_SCHEDULER_URL"], os.environ["EVENT_SCHEDULER_KEY"])


@app.task(name="backend.process_event", ignore_result=True)
@acknowledged(connect)
def process_event(handover: Handover) -> None:
    if handover.type == "hopeless":
        raise GiveUp("there is no such printer")
    # A moment before and after the effect, in which a worker can be killed.
    time.sleep(MOMENT)
    effect = {
        "task_id": current_task.request.id,
        "occurrence_id": handover.occurrence_id,
        "attempt": handover.attempt,
        "due_at": handover.due_at.timestamp(),
        "at": time.time(),
        "payload": handover.payload,
    }
    # One write to the end of the file: those of several workers do not mix, and what is written stays when one is killed.
    log = os.open(os.environ["EFFECTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(log, json.dumps(effect).encode() + b"\n")
    finally:
        os.close(log)
    time.sleep(MOMENT)
