"""Orders, each of which has its customer reminded a little later.

Settings: EVENT_SCHEDULER_URL, EVENT_SCHEDULER_KEY, and HOOK_URL, where the scheduler finds ``/hook`` of this program.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from event_scheduler import AsyncEventScheduler, NewEvent, errors, models, verify_webhook
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

reminded: dict[str, str] = {}
"""What was done, by occurrence: an occurrence that comes again is not done again."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    url, key = os.environ["EVENT_SCHEDULER_URL"], os.environ["EVENT_SCHEDULER_KEY"]
    async with AsyncEventScheduler(url, key) as scheduler:
        # The secret is told once. A program of several processes would keep it in its settings instead.
        delivery = await scheduler.choose_delivery("webhook", os.environ["HOOK_URL"], new_secret=True)
        app.state.scheduler, app.state.secret = scheduler, delivery.secret
        yield


app = FastAPI(lifespan=lifespan)


class NewOrder(BaseModel):
    item: str
    remind_at: datetime
    time_zone: str | None = None


@app.post("/orders", status_code=201)
async def create_order(order: NewOrder, request: Request) -> dict[str, Any]:
    order_id = f"order-{uuid.uuid4().hex}"
    event = NewEvent(
        type="order.remind",
        entity_id=order_id,
        at=order.remind_at,
        time_zone=order.time_zone,
        payload={"item": order.item},
        idempotency_key=f"{order_id}-remind",
    )
    try:
        scheduled = await request.app.state.scheduler.schedule(event)
    except (errors.InvalidInput, errors.InvalidTime) as error:
        raise HTTPException(422, str(error)) from error
    return {"order_id": order_id, "event_id": scheduled.event_id, "remind_at": scheduled.scheduled_at}


@app.post("/hook", status_code=202)
async def hook(request: Request, tasks: BackgroundTasks) -> Response:
    try:
        handover = verify_webhook(request.headers, await request.body(), request.app.state.secret)
    except errors.WebhookRejected as error:
        raise HTTPException(401, str(error)) from error
    # 202: taken. The word on it follows.
    tasks.add_task(remind, request.app.state.scheduler, handover)
    return Response(status_code=202, background=tasks)


async def remind(scheduler: AsyncEventScheduler, handover: models.Handover) -> None:
    try:
        reminded.setdefault(handover.occurrence_id, f"{handover.entity_id}: {handover.payload['item']}")
    except (KeyError, TypeError) as error:
        await scheduler.fail(handover.occurrence_id, handover.attempt, error=repr(error), retry=False)
    else:
        await scheduler.complete(handover.occurrence_id, handover.attempt)
