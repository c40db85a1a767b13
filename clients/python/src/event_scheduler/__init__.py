"""Client of the scheduling service of client-event-scheduler."""

from . import errors, models, rules
from .aio import AsyncEventScheduler
from .calls import NEVER, RetryPolicy
from .client import EventScheduler
from .errors import EventSchedulerError
from .operations import UNSET, Change, Listing, NewEvent, Reminder
from .webhooks import verify_webhook

__all__ = [
    "NEVER",
    "UNSET",
    "AsyncEventScheduler",
    "Change",
    "EventScheduler",
    "EventSchedulerError",
    "Listing",
    "NewEvent",
    "Reminder",
    "RetryPolicy",
    "errors",
    "models",
    "rules",
    "verify_webhook",
]
