import { readTriggers, type ServerTrigger, type TriggerFilter } from "../api/scheduler";

const PAGE_SIZE = 1_000;
const MOST = 10_000;

export interface Stretch {
  readonly triggers: readonly ServerTrigger[];
  /** Whether that is all there are. */
  readonly complete: boolean;
}

/** Every trigger of the server that the filter lets through, up to ten thousand, in the order of their due times. */
export async function readStretch(filter: TriggerFilter, signal: AbortSignal): Promise<Stretch> {
  const triggers: ServerTrigger[] = [];
  let cursor = "";
  while (triggers.length < MOST) {
    const page = await readTriggers(filter, { cursor, limit: PAGE_SIZE }, signal);
    triggers.push(...page.triggers);
    if (!page.next_cursor) return { triggers, complete: true };
    cursor = page.next_cursor;
  }
  return { triggers, complete: false };
}
