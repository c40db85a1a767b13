import { formatInstant, viewerTimeZone } from "./format";
import classes from "./ZonedTimes.module.css";

interface Props {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The event's own zone. */
  readonly timeZone?: string | undefined;
}

/** One instant as it is for the viewer, where the event takes place, and in UTC; what is the same is said once. */
export function ZonedTimes({ at, timeZone }: Props) {
  return (
    <dl className={classes.times}>
      {zonedReadings(at, timeZone).map(({ zone, whose, reading }) => (
        <div key={zone}>
          <dt>{whose}</dt>
          <dd>
            <time dateTime={new Date(at).toISOString()} title={zone.replaceAll("_", " ")}>
              {reading}
            </time>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export interface ZonedReading {
  readonly zone: string;
  readonly whose: string;
  readonly reading: string;
}

const UTC = /^(Etc\/)?(UTC|GMT|UCT|Universal|Zulu)$/;

/** The readings that differ, the viewer's first. */
export function zonedReadings(at: number, timeZone: string | undefined): readonly ZonedReading[] {
  const isViewers = timeZone === undefined || timeZone === viewerTimeZone;
  const saidAlready = UTC.test(viewerTimeZone) || (timeZone !== undefined && UTC.test(timeZone));
  const zones: readonly (readonly [whose: string, zone: string])[] = [
    ["You", viewerTimeZone],
    ...(isViewers ? [] : ([["Event", timeZone]] as const)),
    ...(saidAlready ? [] : ([["UTC", "UTC"]] as const)),
  ];
  return zones.map(([whose, zone]) => ({ zone, whose, reading: formatInstant(at, zone) }));
}
