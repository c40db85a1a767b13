import { randomUUID } from "node:crypto";
import type { Answer } from "./back-end.js";
import { brief, type Json, objectOf } from "./checks.js";
import type { Examined, WritingWishes } from "./examined.js";
import { readChanges } from "./pages.js";

/** Far enough away that nothing fires. */
const START = "2099-01-01T10:00:00Z";
const LATER = "2099-01-01T11:00:00Z";
const END = "2099-01-01T12:00:00Z";

/** Creates, changes and deletes one event, and looks for each change in the feed. */
export async function checkWriting(examined: Examined, wishes: WritingWishes): Promise<void> {
  const id = `doctor-${randomUUID()}`;
  const event = {
    event_id: id,
    event_name: "Test of client-event-scheduler doctor",
    start_datetime: START,
    end_datetime: END,
  };
  let exists = false;
  try {
    const created = await send(examined, wishes.create, id, event);
    exists = created.status < 300;
    if (!(await followed(examined, "write: create", created, id, (item) => item.deleted !== true))) {
      return;
    }
    const updated = await send(examined, wishes.update, id, { ...event, start_datetime: LATER });
    await followed(examined, "write: update", updated, id, ({ event: now }) =>
      isInstant(objectOf(now)?.start_datetime, LATER),
    );
    const removed = await send(examined, wishes.remove, id);
    exists = removed.status >= 300;
    await followed(examined, "write: delete", removed, id, (item) => item.deleted === true && item.event === undefined);
  } finally {
    if (exists) {
      await send(examined, wishes.remove, id);
    }
  }
}

async function send({ backEnd }: Examined, request: string, id: string, body?: object): Promise<Answer> {
  const [method = "", path = ""] = request.trim().split(/\s+/);
  return backEnd.request(method.toUpperCase(), path.replaceAll("{event_id}", encodeURIComponent(id)), body);
}

/** Whether an answer names its `seq`, and the feed shows the change as of then. */
async function followed(
  { backEnd, checks, cursor }: Examined,
  name: string,
  answer: Answer,
  id: string,
  shows: (item: Json) => boolean,
): Promise<boolean> {
  const seq = objectOf(answer.json)?.seq;
  const done = answer.status < 300 && Number.isSafeInteger(seq);
  if (
    !checks.that(`${name} answers`, done, "2xx and the `seq` of the change", `${answer.status} ${brief(answer.json)}`)
  ) {
    return false;
  }
  const { items, fault } = await readChanges(backEnd, cursor);
  const item = items.findLast(({ event_id: its }) => its === id);
  const holds = item !== undefined && (item.rev as number) >= (seq as number) && shows(item);
  return checks.that(`${name} is in the feed`, holds, `the change at rev ${seq} or later`, fault ?? brief(item));
}

function isInstant(found: unknown, wanted: string): boolean {
  return typeof found === "string" && Date.parse(found) === Date.parse(wanted);
}
