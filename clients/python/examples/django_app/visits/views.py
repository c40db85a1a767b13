"""Creating visits, and receiving what is due."""

import json
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from event_scheduler import errors, verify_webhook

from .models import Reminded, Visit
from .scheduling import remind


@csrf_exempt
@require_POST
def visits(request: HttpRequest) -> HttpResponse:
    """This example lets in everybody; CSRF protection comes with sessions, which it has not."""
    given = json.loads(request.body)
    starts_at, ends_at = (datetime.fromisoformat(given[name]) for name in ("starts_at", "ends_at"))
    # Inside the transaction: a visit whose reminders cannot be scheduled is not created.
    with transaction.atomic():
        visit = Visit.objects.create(starts_at=starts_at, ends_at=ends_at)
        remind(visit)
    return JsonResponse({"visit_id": visit.pk}, status=201)


@csrf_exempt
@require_POST
def hook(request: HttpRequest) -> HttpResponse:
    """The signature says who sends it. Any success but 202 says that it is done."""
    try:
        handover = verify_webhook(request.headers, request.body, settings.EVENT_SCHEDULER_SECRET)
    except errors.WebhookRejected as error:
        return HttpResponse(str(error), status=401)
    visit = Visit.objects.filter(pk=handover.entity_id).first()
    if visit is None:
        return HttpResponse(status=410)  # Nothing to remind of: give it up.
    Reminded.objects.get_or_create(
        occurrence_id=handover.occurrence_id, defaults={"visit": visit, "reminder": handover.reminder or ""}
    )
    return HttpResponse(status=204)
