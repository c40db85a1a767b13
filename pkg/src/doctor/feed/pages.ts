import type { Answer, BackEnd } from "./back-end.js";
import { brief, type Json, objectOf } from "./checks.js";

/** A page of changes whose form is right. */
export interface Page {
  readonly changes: readonly Json[];
  readonly nextCursor: string;
  readonly upToDate: Json | null;
  readonly answer: Answer;
}

/** What the feed says from a cursor on. */
export interface Reading {
  readonly items: readonly Json[];
  readonly pages: readonly Page[];
  /** What stands where the feed ends; `null` when the end was not reached. */
  readonly upToDate: Json | null;
  /** What was wrong, if anything was. */
  readonly fault: string | null;
  readonly status: number;
}

/** More pages than this are not read: the feed of a large back end would take minutes. */
export const MOST_PAGES = 40;
/** A back end may need a moment until it can give a checksum. */
const PATIENCE_MS = 200;
const PATIENT_TRIES = 5;

/** Reads changes from a cursor to the end of the feed. */
export async function readChanges(backEnd: BackEnd, from: string, limit?: number, most = MOST_PAGES): Promise<Reading> {
  const pages: Page[] = [];
  let cursor = from;
  let waits = 0;
  while (pages.length < most) {
    const query = `?cursor=${encodeURIComponent(cursor)}${limit === undefined ? "" : `&limit=${limit}`}`;
    const page = pageOf(await backEnd.get(`/changes${query}`));
    if (typeof page === "string") {
      return reading(pages, page);
    }
    pages.push(page);
    if (page.upToDate !== null) {
      break;
    }
    if (page.changes.length === 0) {
      waits += 1;
      if (waits > PATIENT_TRIES) {
        return reading(pages, "a page without changes and without `up_to_date`, again and again");
      }
      await new Promise((done) => setTimeout(done, PATIENCE_MS));
    } else if (page.nextCursor === cursor) {
      return reading(pages, `\`next_cursor\` stays ${brief(cursor)} after ${page.changes.length} changes`);
    }
    cursor = page.nextCursor;
  }
  return reading(pages, null);
}

function reading(pages: readonly Page[], fault: string | null): Reading {
  return {
    items: pages.flatMap(({ changes }) => changes),
    pages,
    upToDate: pages.at(-1)?.upToDate ?? null,
    fault,
    status: Number(/^answered (\d+)/.exec(fault ?? "")?.[1] ?? 200),
  };
}

/** The page, or what is wrong with it. */
function pageOf(answer: Answer): Page | string {
  if (answer.status !== 200) {
    return `answered ${answer.status}`;
  }
  const json = objectOf(answer.json);
  if (json === null) {
    return `is not a JSON object: ${brief(answer.json)}`;
  }
  const { changes, next_cursor: nextCursor, up_to_date: upToDate } = json;
  if (!Array.isArray(changes)) {
    return `has no list \`changes\`: ${brief(changes)}`;
  }
  if (typeof nextCursor !== "string" || nextCursor === "") {
    return `has no \`next_cursor\`: ${brief(nextCursor)}`;
  }
  if (upToDate !== null && objectOf(upToDate) === null) {
    return `has no \`up_to_date\`, neither null nor an object: ${brief(upToDate)}`;
  }
  const items = changes.map(objectOf);
  const wrong = items.findIndex((item) => item === null || faultOf(item) !== null);
  if (wrong >= 0) {
    return `the item ${wrong + 1} of a page ${faultOf(items[wrong] ?? {}) ?? "is no object"}`;
  }
  return { changes: items as Json[], nextCursor, upToDate: objectOf(upToDate), answer };
}

/** What is wrong with an item of the feed, if anything is. */
export function faultOf({ rev, event_id: id, deleted, event }: Json): string | null {
  if (!Number.isSafeInteger(rev)) {
    return `has no whole number \`rev\`: ${brief(rev)}`;
  }
  if (typeof id !== "string" || id === "") {
    return `has no \`event_id\`: ${brief(id)}`;
  }
  if (deleted === true) {
    return null;
  }
  if (objectOf(event)?.event_id !== id) {
    return `(${id}) has no \`event\` with the same \`event_id\`: ${brief(event)}`;
  }
  return null;
}

/** The first item whose `rev` is not higher than that of the one before. */
export function disorder(items: readonly Json[]): string | null {
  const at = items.findIndex((item, n) => n > 0 && (item.rev as number) <= (items[n - 1]?.rev as number));
  return at < 0 ? null : `rev ${brief(items[at]?.rev)} after ${brief(items[at - 1]?.rev)}`;
}
