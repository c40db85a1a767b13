import type { CalendarDate } from "@internationalized/date";
import type { RefObject } from "react";
import { Link } from "react-router";
import { eventTimeZone, eventVenue } from "../scheduler/eventFields";
import { stateWords, statusTone } from "../scheduler/vocabulary";
import { toInstant } from "../time/eventTime";
import { formatDateRange, formatDay } from "../time/format";
import { eventPath } from "../ui/eventPath";
import { Tag } from "../ui/Tag";
import classes from "./Calendar.module.css";
import type { EventSpan } from "./spans";

interface Props {
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly day: CalendarDate;
  readonly spans: readonly EventSpan[];
  readonly loading: boolean;
  readonly problem: string | undefined;
}

/** All that the chosen day holds. */
export function Agenda({ heading, day, spans, loading, problem }: Props) {
  return (
    <section className={classes.agenda} aria-labelledby="agenda">
      <header>
        <h2 id="agenda" ref={heading} tabIndex={-1}>
          {formatDay(Date.parse(`${day.toString()}T12:00:00Z`), "UTC")}
        </h2>
        <span>{spans.length === 1 ? "1 event" : `${spans.length.toLocaleString()} events`}</span>
      </header>
      {spans.length === 0 ? (
        <p>
          {loading
            ? "The events are on their way."
            : problem
              ? `The events could not be loaded: ${problem} The page keeps trying.`
              : "Nothing takes place on this day."}
        </p>
      ) : (
        <ul>
          {spans.map((span) => (
            <AgendaItem key={span.id} span={span} />
          ))}
        </ul>
      )}
    </section>
  );
}

function AgendaItem({ span: { id, name, event } }: { readonly span: EventSpan }) {
  const timeZone = eventTimeZone(event);
  const start = toInstant(event.start_datetime, timeZone);
  const end = toInstant(event.end_datetime, timeZone);
  return (
    <li>
      <Link to={eventPath(id)}>{name}</Link>
      <span>
        {start !== undefined && end !== undefined && formatDateRange(start, end, timeZone)}
        {eventVenue(event) && ` · ${eventVenue(event)}`}
      </span>
      <span>
        <Tag tone={statusTone(event)}>{stateWords(event)}</Tag>
      </span>
    </li>
  );
}
