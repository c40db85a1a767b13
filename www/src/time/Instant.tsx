import { Tooltip } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { formatInstant, viewerTimeZone } from "./format";

interface Props {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The event's own zone, shown on hover where it differs from the viewer's. */
  readonly timeZone?: string | undefined;
  readonly className?: string | undefined;
}

const DWELL_MS = 250;

/**
 * An exact time in the viewer's zone; hovering or touching it tells the event's own local time and UTC. The tooltip comes into being
 * only then: lists have hundreds of instants.
 */
export function Instant({ at, timeZone, className }: Props) {
  const [asked, setAsked] = useState(false);
  const dwelling = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stop = () => clearTimeout(dwelling.current);
  useEffect(() => () => clearTimeout(dwelling.current), []);
  const time = (
    <time
      className={className}
      dateTime={new Date(at).toISOString()}
      onPointerEnter={() => {
        dwelling.current = setTimeout(() => setAsked(true), DWELL_MS);
      }}
      onPointerLeave={stop}
    >
      {formatInstant(at)}
    </time>
  );
  if (!asked) return time;
  return (
    <Tooltip label={<ZoneReadings at={at} timeZone={timeZone} />} defaultOpened>
      {time}
    </Tooltip>
  );
}

function ZoneReadings({ at, timeZone }: Pick<Props, "at" | "timeZone">) {
  const zones = [...new Set([timeZone ?? viewerTimeZone, viewerTimeZone, "UTC"])];
  return zones.map((zone) => (
    <div key={zone} className="tabular">
      {formatInstant(at, zone)} · {zone.replaceAll("_", " ")}
      {zone === timeZone ? " (event)" : zone === viewerTimeZone ? " (you)" : ""}
    </div>
  ));
}
