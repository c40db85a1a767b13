"""A back end that keeps the contract of docs/backend-contract.md: FastAPI and SQLite.

Run it with `uvicorn main:app`, then let the page connect: `httpTransport({ baseUrl: "http://127.0.0.1:8000/api/v1/scheduler" })`.
"""

import asyncio
import json
import os
import secrets
import sqlite3
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from fastapi import Body, FastAPI, HTTPException, Query
from fastapi.responses import StreamingResponse

SCHEMA = """
CREATE TABLE IF NOT EXISTS feed (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (event_id TEXT PRIMARY KEY, rev INTEGER UNIQUE NOT NULL, revision INTEGER NOT NULL, document TEXT);
"""
DATES = ("registration_start_date", "registration_end_date", "start_datetime", "end_datetime", "certificate_start_date", "certificate_end_date")
HEARTBEAT_S = 10
NOTHING = 2**64 - 1

app = FastAPI()
db = sqlite3.connect(os.environ.get("DATABASE", "events.db"), isolation_level=None, check_same_thread=False)
db.executescript(SCHEMA)
# Drawn once for each database: a cursor into another one, or into one that was restored, is answered with 410.
db.execute("INSERT OR IGNORE INTO feed VALUES (1, ?, 0)", (secrets.token_hex(8),))
changed = asyncio.Condition()


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def head() -> tuple[str, int]:
    return db.execute("SELECT epoch, seq FROM feed").fetchone()


def seq_of(cursor: str) -> int:
    """The place that a cursor means; 410 for one that this feed has never given out."""
    epoch, seq = head()
    its_epoch, _, its_seq = cursor.rpartition(".")
    if its_epoch != epoch or not its_seq.isdigit() or int(its_seq) > seq:
        raise HTTPException(410, "take a fresh snapshot")
    return int(its_seq)


def millis(event: dict, name: str) -> int:
    if not event.get(name):
        return NOTHING
    at = datetime.fromisoformat(event[name])
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(event["timezone"]))
    return round(at.timestamp() * 1000) % 2**64


def due_times(event: dict) -> list[int]:
    """When the six triggers of an event are due; none of a draft, and none while the approval gate is closed."""
    shut = ("pending_approval", "declined", "cancelled")
    approval = event.get("event_approval_status")
    gate = approval in shut or event.get("status") in shut or (event.get("approval_required") and approval != "approved")
    due = [millis(event, name) for name in DATES]
    if gate or NOTHING in (due[2], due[3]):
        return [NOTHING] * 6
    if due[4] == NOTHING and due[5] != NOTHING:
        due[4] = due[3]
    return due


def checksum() -> str:
    """FNV-1a of each event's id, 0xff, revision and due times; the sum of that, whatever the order."""
    total = 0
    for event_id, revision, document in db.execute("SELECT event_id, revision, document FROM events WHERE document IS NOT NULL"):
        numbers = [revision, *due_times(json.loads(document))]
        hashed = 0xCBF29CE484222325
        for byte in event_id.encode() + b"\xff" + b"".join(number.to_bytes(8, "little") for number in numbers):
            hashed = ((hashed ^ byte) * 0x100000001B3) % 2**64
        total = (total + hashed) % 2**64
    return f"{total:016x}"


def item(row: tuple) -> dict:
    rev, event_id, revision, document = row
    gone = document is None
    return {"rev": rev, "event_id": event_id, "deleted": gone, "revision": revision} | ({} if gone else {"event": json.loads(document)})


def items_after(seq: int, limit: int) -> list[dict]:
    rows = db.execute("SELECT rev, event_id, revision, document FROM events WHERE rev > ? ORDER BY rev LIMIT ?", (seq, limit))
    return [item(row) for row in rows.fetchall()]


@app.get("/api/v1/scheduler/snapshot")
async def snapshot() -> dict:
    received_at = now()
    epoch, seq = head()
    rows = db.execute("SELECT document FROM events WHERE document IS NOT NULL").fetchall()
    times = {"received_at": received_at, "sent_at": now()}
    return {"cursor": f"{epoch}.{seq}", "server_time": times, "events": [json.loads(document) for (document,) in rows]}


@app.get("/api/v1/scheduler/changes")
async def changes(cursor: str, limit: int = Query(500, ge=1, le=1000)) -> dict:
    received_at = now()
    items, (epoch, seq) = items_after(seq_of(cursor), limit), head()
    done = not items or items[-1]["rev"] == seq
    return {
        "changes": items,
        "next_cursor": f"{epoch}.{items[-1]['rev'] if items else seq}",
        "up_to_date": {"seq": seq, "checksum": checksum()} if done else None,
        "server_time": {"received_at": received_at, "sent_at": now()},
    }


@app.get("/api/v1/scheduler/stream")
async def stream(cursor: str) -> StreamingResponse:
    seq = seq_of(cursor)
    return StreamingResponse(messages(seq), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def messages(seq: int):
    epoch, caught_up = head()[0], False
    while True:
        for change in items_after(seq, 100):
            seq, caught_up = change["rev"], False
            yield f"event: change\nid: {epoch}.{seq}\ndata: {json.dumps(change)}\n\n"
        if not caught_up and seq >= head()[1]:
            caught_up, place = True, f"{epoch}.{seq}"
            mark = {"cursor": place, "up_to_date": {"seq": seq, "checksum": checksum()}}
            yield f"event: bookmark\nid: {place}\ndata: {json.dumps(mark)}\n\n"
        try:
            async with asyncio.timeout(HEARTBEAT_S), changed:
                await changed.wait_for(lambda: head()[1] > seq)
        except TimeoutError:
            yield f"event: heartbeat\ndata: {json.dumps({'server_time': {'received_at': now(), 'sent_at': now()}})}\n\n"


async def write(event_id: str, event: dict | None, must_exist: bool) -> dict:
    """One transaction: the event, its revision, and its place in the feed, whose counter is raised last."""
    db.execute("BEGIN IMMEDIATE")
    try:
        known = db.execute("SELECT revision, document FROM events WHERE event_id = ?", (event_id,)).fetchone()
        if must_exist and (known is None or known[1] is None):
            raise HTTPException(404, "there is no such event")
        revision, seq = (known[0] if known else 0) + 1, head()[1] + 1
        document = None if event is None else json.dumps(event | {"event_id": event_id, "revision": revision})
        db.execute("REPLACE INTO events VALUES (?, ?, ?, ?)", (event_id, seq, revision, document))
        db.execute("UPDATE feed SET seq = ?", (seq,))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    async with changed:
        changed.notify_all()
    return {"event_id": event_id, "revision": revision, "seq": seq}


@app.post("/api/events", status_code=201)
async def create(event: dict = Body()) -> dict:
    due_times(event)
    return await write(event["event_id"], event, must_exist=False)


@app.put("/api/events/{event_id}")
async def update(event_id: str, event: dict = Body()) -> dict:
    due_times(event)
    return await write(event_id, event, must_exist=True)


@app.delete("/api/events/{event_id}")
async def delete(event_id: str) -> dict:
    return await write(event_id, None, must_exist=True)
