/** As an application has them: whatever fields it likes, and the dates that the scheduler reads. */
export interface Conference {
  readonly event_id: string;
  readonly event_name: string;
  readonly registration_start_date?: number;
  readonly start_datetime: number;
  readonly end_datetime: number;
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;

export const conferences: readonly Conference[] = [
  { event_id: "rust-on-the-web", event_name: "Rust on the Web", ...inHours(0.5, 2) },
  { event_id: "clocks", event_name: "Clocks and Calendars", ...inHours(26, 50) },
  { event_id: "react-days", event_name: "React Days", ...inHours(-1, 3) },
];

/** One that begins in a few seconds, for those who cannot wait. */
export function lightningTalk(): Conference {
  const start = Date.now() + 3 * SECOND;
  return {
    event_id: `lightning-${start}`,
    event_name: "Lightning talk",
    start_datetime: start,
    end_datetime: start + 5 * SECOND,
  };
}

function inHours(start: number, end: number) {
  const now = Date.now();
  return {
    registration_start_date: now - 24 * HOUR,
    start_datetime: now + start * HOUR,
    end_datetime: now + end * HOUR,
  };
}
