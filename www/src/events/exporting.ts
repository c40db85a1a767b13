/** The events of a JSON export whose ids are wanted, as another export. */
export function reduceJson(text: string, ids: ReadonlySet<string>): string {
  const events = JSON.parse(text) as readonly { readonly event_id: string }[];
  return `${JSON.stringify(events.filter(({ event_id }) => ids.has(event_id)))}\n`;
}

const BEGIN = "BEGIN:VEVENT";
const END = "END:VEVENT";

/** The events of a calendar whose ids are wanted; everything around them, such as time zones, stays. */
export function reduceCalendar(text: string, ids: ReadonlySet<string>): string {
  const kept: string[] = [];
  let event: string[] | undefined;
  for (const line of text.split("\r\n")) {
    if (line === BEGIN) event = [];
    if (event) event.push(line);
    else kept.push(line);
    if (line === END && event) {
      if (ids.has(uidOf(event))) kept.push(...event);
      event = undefined;
    }
  }
  return kept.join("\r\n");
}

/** The id of an event: a long line goes on in those that begin with a blank, and some characters are escaped (RFC 5545 §3.1, §3.3.11). */
function uidOf(lines: readonly string[]): string {
  const first = lines.findIndex((line) => line.startsWith("UID:"));
  if (first < 0) return "";
  let value = lines[first] ?? "";
  for (let next = first + 1; lines[next]?.startsWith(" "); next++) value += lines[next]?.slice(1);
  return value.slice("UID:".length).replaceAll(/\\([\\;,])/g, "$1");
}
