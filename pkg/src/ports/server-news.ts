import type { RequestClock } from "./request-clock.js";
import type { ServerNews } from "./transport.js";

/*
 * What an answer says beside its events:
 *
 *   "server_time": {"received_at": "…", "sent_at": "…"}, "watermark": "…" | null
 */

/** Tells what an answer says of the back end's clock, and how the request was measured. */
export async function tellServerNews(
  json: unknown,
  clock: RequestClock,
  tell: (news: ServerNews) => Promise<void>,
): Promise<void> {
  const { server_time: times, watermark: text } = fieldsOf(json);
  const watermark = instantOf(text);
  const told: Promise<void>[] = [];
  if (watermark !== null) {
    told.push(tell({ watermark }));
  }
  const { received_at: receivedAt, sent_at: sentAt } = fieldsOf(times);
  const [serverReceivedAt, serverSentAt] = [instantOf(receivedAt), instantOf(sentAt)];
  clock.measure((stamps) => {
    if (serverReceivedAt !== null && serverSentAt !== null) {
      told.push(tell({ sample: { ...stamps, serverReceivedAt, serverSentAt } }));
    }
  });
  await Promise.all(told);
}

/** Bytes at the beginning of a snapshot in which what it says of the clock is looked for. */
const HEAD_BYTES = 4096;

/** The fields before the first list of a snapshot, as far as its first bytes have them. */
export function headOf(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES));
  const end = text.search(/,\s*"[^"\\]*"\s*:\s*\[/);
  try {
    return end < 0 ? null : JSON.parse(`${text.slice(0, end)}}`);
  } catch {
    return null;
  }
}

type Fields = { readonly [name: string]: unknown };

function fieldsOf(json: unknown): Fields {
  return typeof json === "object" && json !== null ? (json as Fields) : {};
}

/** RFC 3339 with an offset. */
function instantOf(text: unknown): number | null {
  const instant = typeof text === "string" && /T.*(?:Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? null : instant;
}
