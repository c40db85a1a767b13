import { brief, cursorParts, type Json, objectOf } from "./checks.js";
import type { Examined } from "./examined.js";
import { ownChecksum } from "./own-checksum.js";
import { disorder, MOST_PAGES, type Reading, readChanges } from "./pages.js";
import { checkTimes, checkWatermark } from "./server-times.js";

const FOREIGN_CURSOR = "00000000000000000000000000000000.1";
/** Pages of one item that are compared with one larger page. */
const SMALL_PAGES = 5;

/** Checks the changes route. Answers what the feed holds from its beginning, where it still goes back that far. */
export async function checkReading(
  examined: Examined,
  module: Uint8Array,
  timeZone: string | null,
): Promise<readonly Json[] | null> {
  const { checks, backEnd, epoch, seq } = examined;
  await checkGone(examined);
  const whole = await readChanges(backEnd, `${epoch}.0`);
  const since = await readChanges(backEnd, examined.cursor);
  checkEnd(examined, since);
  const wrong = disorder(whole.items) ?? disorder(since.items);
  checks.that("changes are in order", wrong === null, "a higher `rev` with every item", wrong ?? "so they are");
  if (since.fault === null && since.upToDate !== null) {
    await checkChecksum(examined, since, module, timeZone);
  }
  if (whole.status === 410) {
    checks.notChecked("changes: paging", "the feed no longer goes back to its beginning");
    checks.notChecked("changes: complete", "the feed no longer goes back to its beginning");
    return null;
  }
  if (
    !checks.that(
      "changes: readable",
      whole.fault === null,
      "pages of the contract's form",
      whole.fault ?? `${whole.items.length} items since the beginning`,
    )
  ) {
    return null;
  }
  await checkPaging(examined, whole);
  checkComplete(examined, whole, since);
  return seq === 0 ? null : whole.items;
}

async function checkGone({ backEnd, checks, epoch, seq }: Examined): Promise<void> {
  for (const [name, cursor] of [
    ["changes: a foreign cursor", FOREIGN_CURSOR],
    ["changes: a cursor ahead of the feed", `${epoch}.${seq + 1_000_000}`],
  ] as const) {
    const { status } = await backEnd.get(`/changes?cursor=${encodeURIComponent(cursor)}`);
    checks.that(name, status === 410, "410, so that the client takes a fresh snapshot", `${status}`);
  }
}

function checkEnd({ checks }: Examined, since: Reading): void {
  const last = since.pages.at(-1);
  const end = since.upToDate;
  const holds =
    since.fault === null && Number.isSafeInteger(end?.seq) && end?.seq === cursorParts(last?.nextCursor)?.seq;
  const expected = "`up_to_date` with the `seq` of `next_cursor`, once there is no more";
  checks.that(
    "changes: up to date",
    holds,
    expected,
    since.fault ?? `${brief(end)}, next_cursor ${brief(last?.nextCursor)}`,
  );
  if (last !== undefined) {
    const times = objectOf(last.answer.json)?.server_time;
    checkTimes(checks, "changes: times", times, last.answer.askedAt, last.answer.answeredAt);
    checkWatermark(checks, "changes: watermark", last.answer.json);
  }
}

async function checkChecksum(
  { checks, snapshot }: Examined,
  since: Reading,
  module: Uint8Array,
  timeZone: string | null,
): Promise<void> {
  const { checksum, quarantined } = await ownChecksum(module, snapshot, since.items, timeZone);
  const aside =
    quarantined === 0 ? "" : ` (${quarantined} events are invalid for the core; --time-zone may be missing)`;
  const theirs = since.upToDate?.checksum;
  checks.that("checksum", theirs === checksum, `${checksum}, as the core computes it${aside}`, brief(theirs));
}

async function checkPaging({ checks, backEnd, epoch }: Examined, whole: Reading): Promise<void> {
  const name = "changes: paging";
  if (whole.items.length < 2) {
    checks.notChecked(name, "there are fewer than two changes");
    return;
  }
  const wanted = Math.min(SMALL_PAGES, whole.items.length);
  const small = await readChanges(backEnd, `${epoch}.0`, 1, wanted);
  const expected = `pages of one item, the same ${wanted} as in one large page`;
  const tooMany = small.pages.find(({ changes }) => changes.length > 1);
  const same = JSON.stringify(small.items.map(identity)) === JSON.stringify(whole.items.slice(0, wanted).map(identity));
  const early = small.pages.slice(0, -1).some(({ upToDate }) => upToDate !== null);
  const found =
    small.fault ??
    (tooMany === undefined
      ? early
        ? "`up_to_date` while there is more"
        : brief(small.items.map(identity))
      : `${tooMany.changes.length} items with limit=1`);
  checks.that(name, small.fault === null && tooMany === undefined && same && !early, expected, found);
}

/** The whole feed, and the snapshot with what came after it, must come to the same events. */
function checkComplete({ checks, events }: Examined, whole: Reading, since: Reading): void {
  const name = "changes: complete";
  if (whole.upToDate === null || whole.upToDate.seq !== since.upToDate?.seq) {
    const why =
      whole.pages.length >= MOST_PAGES ? `the feed has more than ${MOST_PAGES} pages` : "events were changed meanwhile";
    checks.notChecked(name, why);
    return;
  }
  const replayed = applied(new Map(), whole.items);
  const listed = events.map((event): [string, unknown] => [
    String(objectOf(event)?.event_id),
    objectOf(event)?.revision,
  ]);
  const current = applied(new Map(listed), since.items);
  const missing = [...current.keys()].filter((id) => !replayed.has(id));
  const surplus = [...replayed.keys()].filter((id) => !current.has(id));
  const other = [...current]
    .filter(([id, revision]) => replayed.has(id) && replayed.get(id) !== revision)
    .map(([id]) => id);
  const all = [
    ...missing.map((id) => `${id} is missing`),
    ...surplus.map((id) => `${id} is not in the snapshot`),
    ...other.map((id) => `${id} has another revision`),
  ];
  const found =
    all.length === 0
      ? `${replayed.size} events`
      : `${all.slice(0, 3).join(", ")}${all.length > 3 ? ` and ${all.length - 3} more` : ""}`;
  checks.that(name, all.length === 0, "the changes since the beginning come to the events of the snapshot", found);
}

function applied(events: Map<string, unknown>, items: readonly Json[]): Map<string, unknown> {
  for (const { event_id: id, deleted, event } of items) {
    if (deleted === true) {
      events.delete(id as string);
    } else {
      events.set(id as string, objectOf(event)?.revision);
    }
  }
  return events;
}

function identity({ rev, event_id: id }: Json): string {
  return `${rev} ${id}`;
}
