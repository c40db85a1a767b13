import { formatClock, formatInstant } from "../time/format";

/** An instant of the server, short, with its exact form for who asks. */
export function When({ at }: { readonly at: string | null }) {
  if (at === null) return <>never</>;
  const instant = Date.parse(at);
  const today = new Date(instant).toDateString() === new Date().toDateString();
  return (
    <time dateTime={at} title={at}>
      {today ? `today, ${formatClock(instant)}` : formatInstant(instant)}
    </time>
  );
}
