"""The client and the server's description cannot drift apart."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import typing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from event_scheduler import AsyncEventScheduler, Change, EventScheduler, Listing, NewEvent, Reminder, models, operations
from event_scheduler.calls import Call

DESCRIPTION = json.loads(Path(os.environ["CES_OPENAPI"]).read_text())
SCHEMAS = DESCRIPTION["components"]["schemas"]
AT = datetime(2027, 5, 1, 9, tzinfo=UTC)
ID = "evt_1/occurrence@2027-05-01T09:00:00.000Z"

FULL_EVENT = NewEvent(
    type="a", entity_id="e", at=datetime(2027, 5, 1, 9), time_zone="Europe/Berlin", resource_time_zone="UTC",
    user_time_zone="UTC", payload={}, recurrence="FREQ=DAILY", disambiguation="later", missed="latest",
    max_retries=1, retry_delay_seconds=1, timeout_seconds=1, idempotency_key="k",
)  # fmt: skip
FULL_LISTING = Listing(entity_id="e", type="a", start=AT, end=AT, time_zone="UTC", page_size=1)
FULL_CHANGE = Change(
    at=AT, time_zone="UTC", recurrence=None, payload=1, disambiguation="later", missed="all", max_retries=1,
    retry_delay_seconds=1, timeout_seconds=1,
)  # fmt: skip
FULL_REMINDERS = operations.set_reminders(
    "s", type="a", entity_id="e", start=AT, end=AT, time_zone="UTC", reminders=[Reminder("r", -1, "end")], payload=1,
    reading="local",
)  # fmt: skip

CALLS: list[Call[Any]] = [
    operations.schedule("s", FULL_EVENT),
    operations.schedule(None, NewEvent(type="a", entity_id="e", at=AT)),
    operations.schedule_many("s", [FULL_EVENT]),
    operations.preview("FREQ=DAILY", datetime(2027, 5, 1, 9), "Europe/Berlin", "later", 1),
    operations.upcoming("s", FULL_LISTING, "cursor"),
    operations.dead_letters("s", FULL_LISTING, "cursor"),
    operations.get(ID),
    operations.reschedule(ID, FULL_CHANGE),
    operations.cancel(ID),
    operations.cancel_entity("s", "e", "a"),
    FULL_REMINDERS,
    operations.set_reminders(None, type="a", entity_id="e", start=AT),
    operations.complete(ID, 1),
    operations.fail(ID, 1, "why", False),
    operations.retry(ID),
    operations.outbox("s", 1, 1, 1),
    operations.stream("s"),
    operations.delivery("s"),
    operations.choose_delivery("s", "webhook", "https://example.org", True),
    operations.choose_delivery("s", "celery", broker="main", task="shop.work", queue="shop"),
]

ANSWERS: list[tuple[type[Any], str]] = [
    (models.Scheduled, "Scheduled"),
    (models.Preview, "PreviewAnswer"),
    (models.Page, "UpcomingPage"),
    (models.ScheduledEvent, "ScheduledView"),
    (models.Cancelled, "CancelAnswer"),
    (models.RemindersSet, "RemindersAnswer"),
    (models.Settled, "Settled"),
    (models.Outbox, "OutboxAnswer"),
    (models.Delivery, "DeliveryView"),
]


def _described(call: Call[Any]) -> dict[str, Any]:
    return typing.cast(dict[str, Any], DESCRIPTION["paths"][call.path][call.method.lower()])


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return typing.cast(dict[str, Any], SCHEMAS[schema["$ref"].rsplit("/", 1)[1]])
    for one in schema.get("oneOf", []):
        if "$ref" in one:
            return _resolved(one)
    return schema


def _check_body(schema: dict[str, Any], body: Any, where: str) -> None:
    schema = _resolved(schema)
    if isinstance(body, list):
        for one in body:
            _check_body(schema["items"], one, where)
    elif isinstance(body, dict) and "properties" in schema:
        unknown = body.keys() - schema["properties"].keys()
        assert not unknown, f"{where} sends what is not described: {unknown}"
        missing = set(schema.get("required", [])) - body.keys()
        assert not missing, f"{where} lacks {missing}"
        for name, value in body.items():
            _check_body(schema["properties"][name], value, f"{where}.{name}")


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.operation)
def test_what_is_sent_is_described(call: Call[Any]) -> None:
    described = _described(call)
    assert described["operationId"] == call.operation
    parameters = {(one["in"], one["name"]): one.get("required", False) for one in described.get("parameters", [])}
    unknown = {("query", name) for name in call.query} - parameters.keys()
    assert not unknown, f"{call.operation} asks with what is not described: {unknown}"
    required = {name for (place, name), needed in parameters.items() if place == "query" and needed}
    assert required <= call.query.keys()
    assert (call.id is not None) == (("path", "id") in parameters)
    assert (call.body is not None) == ("requestBody" in described)
    if call.body is not None:
        _check_body(described["requestBody"]["content"]["application/json"]["schema"], call.body, call.operation)


def test_a_full_request_leaves_out_nothing_that_can_be_sent() -> None:
    for call, schema in [
        (CALLS[0], "ScheduleBody"),
        (operations.reschedule(ID, FULL_CHANGE), "RescheduleBody"),
        (operations.preview("FREQ=DAILY", datetime(2027, 5, 1, 9), "UTC", "later", 1), "PreviewBody"),
        (FULL_REMINDERS, "RemindersBody"),
        (operations.fail(ID, 1, "why", False), "FailBody"),
        (operations.choose_delivery("s", "celery", "https://example.org", True, "b", "t", "q"), "DeliveryBody"),
    ]:
        assert call.body is not None
        assert call.body.keys() == SCHEMAS[schema]["properties"].keys(), schema


def test_every_operation_of_the_service_has_a_call() -> None:
    described = {
        operation["operationId"]
        for path, methods in DESCRIPTION["paths"].items()
        if path.startswith("/api/events")
        for operation in methods.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    assert described == {call.operation for call in CALLS}


def _models_of(kind: Any) -> list[Any]:
    return [one for one in (kind, *typing.get_args(kind)) if dataclasses.is_dataclass(one)]


def _check_answer(kind: Any, schema: dict[str, Any]) -> None:
    properties, required = schema["properties"], set(schema.get("required", []))
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        assert field.name in properties, f"{kind.__name__}.{field.name} is not described"
        needed = field.default is dataclasses.MISSING
        assert not needed or field.name in required, f"{kind.__name__}.{field.name} may be missing"
        for inner in _models_of(hints[field.name]):
            _check_answer(inner, _resolved(properties[field.name].get("items", properties[field.name])))
    described = properties.keys() - {"success", "acknowledge"}
    assert described == {field.name for field in dataclasses.fields(kind)}, kind.__name__


@pytest.mark.parametrize(("kind", "schema"), ANSWERS, ids=lambda one: getattr(one, "__name__", str(one)))
def test_what_is_read_is_described(kind: type[Any], schema: str) -> None:
    _check_answer(kind, SCHEMAS[schema])


def test_an_outcome_of_a_batch_has_what_either_description_has() -> None:
    assert SCHEMAS["ScheduledBatch"]["properties"]["results"]["items"] == {"$ref": "#/components/schemas/BatchItem"}
    done, refused = SCHEMAS["BatchItem"]["oneOf"]
    described = _resolved(done)["properties"].keys() | refused["properties"].keys()
    assert described == {field.name for field in dataclasses.fields(models.BatchOutcome)}


def test_every_answer_that_is_described_is_compared() -> None:
    contents = [_described(call)["responses"]["200"]["content"] for call in CALLS]
    schemas = [content["application/json"]["schema"] for content in contents if "application/json" in content]
    assert len(schemas) == len(CALLS) - 1, "the stream alone is no JSON"
    named = {schema["$ref"].rsplit("/", 1)[1] for schema in schemas}
    assert named == {schema for _, schema in ANSWERS} | {"ScheduledBatch"}


def test_what_is_handed_over_is_described() -> None:
    properties = SCHEMAS["Handover"]["properties"].keys() - {"acknowledge"}
    assert properties == {field.name for field in dataclasses.fields(models.Handover)}


def test_both_clients_have_the_same_calls() -> None:
    def calls(kind: type[Any]) -> dict[str, list[str]]:
        found = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(one).parameters) for name, one in found if not name.startswith("_")}

    blocking, waiting = calls(EventScheduler), calls(AsyncEventScheduler)
    blocking["aclose"] = blocking.pop("close")
    assert blocking == waiting
