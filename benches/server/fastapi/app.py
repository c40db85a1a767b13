"""The routes that the benchmark asks for, as they are usually written: FastAPI, pydantic, SQLite.

Reads run in the thread pool, each thread with a connection of its own; writes take turns under a lock, each in one transaction
that raises the feed's counter last, with the same durability as the server it is compared with (WAL, synchronous FULL).
"""

import asyncio
import json
import os
import sqlite3
import threading
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Any

from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

DATABASE = os.environ["CES_BENCH_DATABASE"]
EPOCH = "0123456789abcdef"
SCHEMA = """
CREATE TABLE IF NOT EXISTS feed_counter (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL);
INSERT OR IGNORE INTO feed_counter VALUES (1, 0);
CREATE TABLE IF NOT EXISTS events (
    event_id TEXT PRIMARY KEY, revision INTEGER NOT NULL, seq INTEGER UNIQUE, document TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
);
"""

writing = threading.Lock()
local = threading.local()
# One for each open stream; set, in the event loop, when something was committed.
followers: set[asyncio.Event] = set()
loop: asyncio.AbstractEventLoop | None = None


class Event(BaseModel):
    """An event; fields that are not named here are kept."""

    model_config = ConfigDict(extra="allow")

    event_id: str = Field(min_length=1, max_length=128)
    registration_start_date: datetime | None = None
    registration_end_date: datetime | None = None
    start_datetime: datetime | None = None
    end_datetime: datetime | None = None
    certificate_start_date: datetime | None = None
    certificate_end_date: datetime | None = None


class Patch(BaseModel):
    """The fields of an event to be changed."""

    model_config = ConfigDict(extra="allow")

    revision: int | None = None
    start_datetime: datetime | None = None
    end_datetime: datetime | None = None


@asynccontextmanager
async def lifespan(_: FastAPI):
    global loop
    loop = asyncio.get_running_loop()
    connection().executescript(SCHEMA)
    yield


app = FastAPI(lifespan=lifespan)


def connection() -> sqlite3.Connection:
    """The connection of this thread."""
    if not hasattr(local, "connection"):
        opened = sqlite3.connect(DATABASE, isolation_level=None, timeout=10, cached_statements=256)
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("PRAGMA synchronous = FULL")
        local.connection = opened
    return local.connection


def now() -> datetime:
    return datetime.now(timezone.utc)


def sub_status(event: dict[str, Any], at: datetime) -> tuple[str, str]:
    """The status table of docs/semantics.md, for events whose dates have offsets."""

    def date(name: str) -> datetime | None:
        value = event.get(name)
        return datetime.fromisoformat(value) if value else None

    start, end = date("start_datetime"), date("end_datetime")
    if not start or not end:
        return "draft", "draft"
    opens, closes = date("registration_start_date"), date("registration_end_date")
    if at < start:
        if not opens and not closes:
            return "upcoming", "registration_not_required"
        if opens and at < opens:
            return "upcoming", "registration_not_started"
        return "upcoming", "registration_closed" if closes and at >= closes else "registration_open"
    if at < end:
        return "ongoing", "event_started"
    first, last = date("certificate_start_date"), date("certificate_end_date")
    if first and at < first:
        return "ongoing", "event_ended"
    if (first or last) and (not last or at < last):
        return "ongoing", "certificate_available"
    return "completed", "event_ended"


def view(row: tuple[Any, ...], with_status: bool = True) -> dict[str, Any]:
    document = json.loads(row[2])
    if with_status:
        document["status"], document["sub_status"] = sub_status(document, now())
    document["revision"] = row[1]
    document["created_at"], document["updated_at"] = row[3], row[4]
    return document


def write(event_id: str, revision: int, document: dict[str, Any], created_at: str) -> int:
    """Writes within the transaction that the caller has begun, and commits it."""
    database = connection()
    seq = database.execute("UPDATE feed_counter SET seq = seq + 1 WHERE id = 1 RETURNING seq").fetchone()[0]
    database.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (event_id) DO UPDATE SET "
        "revision = excluded.revision, seq = excluded.seq, document = excluded.document, "
        "updated_at = excluded.updated_at, deleted = 0",
        (event_id, revision, seq, json.dumps(document, separators=(",", ":")), created_at, now().isoformat()),
    )
    database.execute("COMMIT")
    if loop is not None:
        loop.call_soon_threadsafe(wake)
    return seq


def wake() -> None:
    for follower in followers:
        follower.set()


COLUMNS = "event_id, revision, document, created_at, updated_at, seq"


@app.post("/api/v1/admin/events/create", status_code=201)
def create(event: Event) -> JSONResponse:
    document = event.model_dump(mode="json", exclude_none=True)
    with writing:
        database = connection()
        database.execute("BEGIN IMMEDIATE")
        try:
            if database.execute("SELECT 1 FROM events WHERE event_id = ?", (event.event_id,)).fetchone():
                raise HTTPException(409, "EVENT_EXISTS")
            created_at = now().isoformat()
            seq = write(event.event_id, 1, document, created_at)
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
    shown = view((event.event_id, 1, json.dumps(document), created_at, created_at))
    return JSONResponse({"success": True, "message": "Event created", "event": shown, "seq": seq}, 201)


@app.put("/api/v1/admin/events/update/{event_id}")
def update(event_id: str, patch: Patch) -> JSONResponse:
    changes = patch.model_dump(mode="json", exclude_unset=True)
    given = changes.pop("revision", None)
    with writing:
        database = connection()
        database.execute("BEGIN IMMEDIATE")
        try:
            row = database.execute(
                f"SELECT {COLUMNS} FROM events WHERE event_id = ? AND deleted = 0", (event_id,)
            ).fetchone()
            if row is None:
                raise HTTPException(404, "EVENT_NOT_FOUND")
            if given is not None and given != row[1]:
                raise HTTPException(409, "STALE_REVISION")
            document = json.loads(row[2]) | changes
            document = {name: value for name, value in document.items() if value is not None}
            Event.model_validate(document)
            seq = write(event_id, row[1] + 1, document, row[3])
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
    shown = view((event_id, row[1] + 1, json.dumps(document), row[3], now().isoformat()))
    return JSONResponse({"success": True, "message": "Event updated", "event": shown, "seq": seq})


@app.get("/api/v1/admin/events/details/{event_id}")
def details(event_id: str) -> JSONResponse:
    row = connection().execute(
        f"SELECT {COLUMNS} FROM events WHERE event_id = ? AND deleted = 0", (event_id,)
    ).fetchone()
    if row is None:
        raise HTTPException(404, "EVENT_NOT_FOUND")
    return JSONResponse({"success": True, "message": "Event found", "event": view(row)})


@app.get("/api/v1/admin/events/list")
def list_events() -> JSONResponse:
    rows = connection().execute(f"SELECT {COLUMNS} FROM events WHERE deleted = 0 ORDER BY event_id").fetchall()
    events = [view(row) for row in rows]
    return JSONResponse({"success": True, "message": f"{len(events)} events", "events": events, "total": len(events)})


def page(seq: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    database = connection()
    database.execute("BEGIN")
    try:
        latest = database.execute("SELECT seq FROM feed_counter WHERE id = 1").fetchone()[0]
        rows = database.execute(
            f"SELECT {COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        ).fetchall()
    finally:
        database.execute("COMMIT")
    changes = [
        {"rev": row[5], "event_id": row[0], "deleted": False, "revision": row[1], "event": view(row, False)}
        for row in rows
    ]
    return changes, rows[-1][5] if len(rows) == limit else latest


@app.get("/api/v1/scheduler/changes")
def changes(cursor: str, limit: int = Query(500, ge=1, le=1000)) -> JSONResponse:
    received_at = now().isoformat()
    found, through = page(int(cursor.rsplit(".", 1)[1]), limit)
    times = {"received_at": received_at, "sent_at": now().isoformat()}
    return JSONResponse({"changes": found, "next_cursor": f"{EPOCH}.{through}", "server_time": times})


@app.get("/api/v1/scheduler/stream")
async def stream(cursor: str) -> StreamingResponse:
    async def frames():
        seq = int(cursor.rsplit(".", 1)[1])
        woken = asyncio.Event()
        followers.add(woken)
        try:
            while True:
                woken.clear()
                found, seq = await asyncio.to_thread(page, seq, 100)
                for item in found:
                    yield f"event: change\nid: {EPOCH}.{item['rev']}\ndata: {json.dumps(item)}\n\n"
                try:
                    await asyncio.wait_for(woken.wait(), 10)
                except TimeoutError:
                    yield f'event: heartbeat\ndata: {{"sent_at":"{now().isoformat()}"}}\n\n'
        finally:
            followers.discard(woken)

    return StreamingResponse(frames(), media_type="text/event-stream")


@app.get("/health")
def health() -> dict[str, str]:
    connection().execute("SELECT 1").fetchone()
    return {"status": "ok", "cursor": f"{EPOCH}.0"}
