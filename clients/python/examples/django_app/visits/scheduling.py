"""The one client of this process, and the reminders of a visit."""

from functools import cache

from django.conf import settings
from event_scheduler import EventScheduler, rules

from .models import Visit

TYPE = "visit.reminder"


@cache
def scheduler() -> EventScheduler:
    return EventScheduler(settings.EVENT_SCHEDULER_URL, settings.EVENT_SCHEDULER_KEY)


def remind(visit: Visit) -> None:
    """Gives a visit its reminders; again after it was moved."""
    scheduler().set_reminders(
        type=TYPE,
        entity_id=str(visit.pk),
        start=visit.starts_at,
        end=visit.ends_at,
        reminders=rules.appointment_reminders(before_minutes=(24 * 60, 15, 0), after_minutes=(60,)),
    )
