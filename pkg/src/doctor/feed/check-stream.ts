import type { Message, OpenStream } from "./back-end.js";
import { brief, type Json, objectOf } from "./checks.js";
import type { Examined, FeedWishes } from "./examined.js";
import { faultOf } from "./pages.js";

const FOREIGN_CURSOR = "00000000000000000000000000000000.1";
/** One every 10 s, and a moment for the way. */
const HEARTBEAT_WITHIN_MS = 12_000;
const MOST_MESSAGES = 2000;

/** Checks the stream. `known` is what the feed holds from its beginning, where that is known. */
export async function checkStream(
  examined: Examined,
  known: readonly Json[] | null,
  wishes: FeedWishes,
): Promise<void> {
  const { backEnd, checks, cursor } = examined;
  const refused = await backEnd.stream(FOREIGN_CURSOR);
  refused.close();
  checks.that("stream: a foreign cursor", refused.status === 410, "410", `${refused.status}`);
  const stream = await backEnd.stream(cursor);
  try {
    const opened = stream.status === 200 && stream.type.startsWith("text/event-stream");
    if (!checks.that("stream: opens", opened, "200 text/event-stream", `${stream.status} ${stream.type}`)) {
      return;
    }
    await checkBookmark(examined, stream, wishes.timeoutMs);
    await checkHeartbeat(examined, stream, wishes.wait);
  } finally {
    stream.close();
  }
  await checkResume(examined, known, wishes.timeoutMs);
}

async function checkBookmark({ checks }: Examined, stream: OpenStream, withinMs: number): Promise<void> {
  const bookmark = await nextOf(stream, "bookmark", withinMs);
  const cursor = objectOf(bookmark?.json)?.cursor ?? bookmark?.id;
  const found = bookmark === null ? "none" : brief(bookmark.json);
  const expected = `a bookmark with its \`cursor\` within ${withinMs / 1000} s`;
  checks.that("stream: bookmark", typeof cursor === "string" && cursor !== "", expected, found);
}

async function checkHeartbeat({ checks }: Examined, stream: OpenStream, wait: boolean): Promise<void> {
  if (!wait) {
    checks.notChecked("stream: heartbeat", "only with --wait");
    return;
  }
  const started = Date.now();
  const heartbeat = await nextOf(stream, "heartbeat", HEARTBEAT_WITHIN_MS);
  const found = heartbeat === null ? "none" : `after ${((Date.now() - started) / 1000).toFixed(1)} s`;
  checks.that("stream: heartbeat", heartbeat !== null, "a heartbeat within 12 s", found);
}

/** What comes after the first change must be what comes after it when the stream is taken up there. */
async function checkResume(
  { backEnd, checks, epoch }: Examined,
  known: readonly Json[] | null,
  withinMs: number,
): Promise<void> {
  const name = "stream: resumes";
  if (known === null || known.length < 2) {
    checks.notChecked(name, "there are fewer than two changes to go back to");
    return;
  }
  const stream = await backEnd.stream(`${epoch}.0`);
  const first = await nextOf(stream, "change", withinMs);
  const second = await nextOf(stream, "change", withinMs);
  stream.close();
  const items = [first, second].map((message) => objectOf(message?.json) ?? {});
  const fault = items.map(faultOf).find((one) => one !== null) ?? null;
  const isSame = items.every(({ rev }, n) => rev === known[n]?.rev);
  if (fault !== null || !isSame || typeof first?.id !== "string") {
    const found = fault ?? `${brief(items.map(({ rev }) => rev))}, id ${brief(first?.id)}`;
    checks.that(
      name,
      false,
      `the changes ${brief(known.slice(0, 2).map(({ rev }) => rev))} with their cursors as \`id\``,
      found,
    );
    return;
  }
  const again = await backEnd.stream(first.id);
  const next = await nextOf(again, "change", withinMs);
  again.close();
  const rev = objectOf(next?.json)?.rev;
  checks.that(
    name,
    rev === items[1]?.rev,
    `after ${first.id} the change ${brief(items[1]?.rev)}`,
    brief(rev ?? "none"),
  );
}

async function nextOf(stream: OpenStream, type: string, withinMs: number): Promise<Message | null> {
  const until = Date.now() + withinMs;
  for (let n = 0; n < MOST_MESSAGES; n += 1) {
    const message = await stream.next(Math.max(0, until - Date.now()));
    if (message === null || message.type === type) {
      return message;
    }
  }
  return null;
}
