"""A worker of the scheduling service's tasks.

    celery --app tasks worker --queues backend-events

The server has to know the broker (``--celery-broker main=…``), and the service to have chosen it once:
``EventScheduler(…).choose_delivery("celery", broker="main")``.
"""

import os

from celery import Celery
from event_scheduler import EventScheduler
from event_scheduler.celery import GiveUp, acknowledged
from event_scheduler.models import Handover

app = Celery("orders", broker=os.environ["CELERY_BROKER_URL"])
# What a worker has in hand when it dies goes to another one, not only what it has not begun.
app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True, worker_prefetch_multiplier=1)


def connect() -> EventScheduler:
    return EventScheduler(os.environ["EVENT_SCHEDULER_URL"], os.environ["EVENT_SCHEDULER_KEY"])


@app.task(name="backend.process_event", ignore_result=True)
@acknowledged(connect)
def process_event(handover: Handover) -> None:
    """Does what is due. It may run more than once: ``occurrence_id`` tells that it has been done."""
    match handover.type:
        case "reminder.send":
            print(f"{handover.occurrence_id}: reminds of {handover.entity_id}")
        case other:
            raise GiveUp(f"no work is known for {other}")
