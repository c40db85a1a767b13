"""``manage.py scheduler_upcoming``: what is coming, as a table."""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from event_scheduler import EventSchedulerError, Listing
from event_scheduler.tables import UPCOMING, table, upcoming_rows
from visits.scheduling import scheduler


class Command(BaseCommand):
    help = "Lists what the scheduling service has coming for this service"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity")
        parser.add_argument("--time-zone", default="UTC")
        parser.add_argument("--limit", type=int, default=50)

    def handle(self, *args: Any, **options: Any) -> None:
        listing = Listing(entity_id=options["entity"], time_zone=options["time_zone"])
        try:
            found = list(islice(scheduler().upcoming(listing), options["limit"]))
        except EventSchedulerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(table(UPCOMING, upcoming_rows(found)) if found else "nothing is to come")
