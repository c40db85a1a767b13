import type { Check } from "../report.js";
import { BackEnd, NoAnswer } from "./back-end.js";
import { checkReading } from "./check-reading.js";
import { checkStream } from "./check-stream.js";
import { checkWriting } from "./check-writing.js";
import { brief, Checks, cursorParts, objectOf } from "./checks.js";
import type { Examined, FeedWishes } from "./examined.js";
import { checkTimes, checkWatermark } from "./server-times.js";

/** Checks a back end against the contract of the change feed. It only reads, unless it is told to write. */
export async function checkFeed(
  wishes: FeedWishes,
  module: () => Promise<Uint8Array>,
): Promise<{ readonly reachable: boolean; readonly checks: readonly Check[] }> {
  const checks = new Checks();
  const backEnd = new BackEnd(wishes.url, wishes.headers, wishes.timeoutMs);
  let reached = false;
  try {
    const examined = await checkSnapshot(backEnd, checks, () => {
      reached = true;
    });
    if (examined !== null) {
      const known = await checkReading(examined, await module(), wishes.timeZone);
      await checkStream(examined, known, wishes);
      await (wishes.write ? checkWriting(examined, wishes) : checks.notChecked("writing", "only with --write"));
    }
  } catch (thrown) {
    if (!(thrown instanceof NoAnswer)) {
      throw thrown;
    }
    checks.that("answers", false, "an answer to every request", thrown.message);
  }
  return { reachable: reached, checks: checks.all };
}

async function checkSnapshot(backEnd: BackEnd, checks: Checks, answered: () => void): Promise<Examined | null> {
  const answer = await backEnd.get("/snapshot");
  answered();
  const json = objectOf(answer.json);
  const came =
    json === null
      ? `${answer.status} ${answer.type}: ${brief(answer.json)}`
      : `${answer.status}, ${Object.keys(json).join(", ")}`;
  const isSnapshot = answer.status === 200 && Array.isArray(json?.events);
  if (!checks.that("snapshot", isSnapshot, "200 and a JSON object with a list `events`", came) || json === null) {
    return null;
  }
  const { cursor, events, server_time: times } = json;
  const parts = cursorParts(cursor);
  if (
    !checks.that("snapshot cursor", parts !== null, "`cursor` of the form {epoch}.{seq}", brief(cursor)) ||
    parts === null
  ) {
    return null;
  }
  const list = events as readonly unknown[];
  const ids = list.map((event) => objectOf(event)?.event_id);
  const nameless = ids.filter((id) => typeof id !== "string" || id === "").length;
  const twice = ids.length - new Set(ids).size;
  const found = `${list.length} events, ${nameless} without \`event_id\`, ${twice} of them twice`;
  checks.that("snapshot events", nameless === 0 && twice === 0, "every event once, with its `event_id`", found);
  checkTimes(checks, "snapshot times", times, answer.askedAt, answer.answeredAt);
  checkWatermark(checks, "snapshot watermark", json);
  return { backEnd, checks, cursor: cursor as string, ...parts, events: list, snapshot: answer.bytes };
}
