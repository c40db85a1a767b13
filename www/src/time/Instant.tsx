import { Tooltip } from "@mantine/core";
import { formatInstant, viewerTimeZone } from "./format";

interface Props {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The event's own zone, shown on hover where it differs from the viewer's. */
  readonly timeZone?: string | undefined;
  readonly className?: string | undefined;
}

/** An exact time in the viewer's zone; hovering or touching it tells the event's own local time and UTC. */
export function Instant({ at, timeZone, className }: Props) {
  return (
    <Tooltip label={<ZoneReadings at={at} timeZone={timeZone} />}>
      <time className={className} dateTime={new Date(at).toISOString()}>
        {formatInstant(at)}
      </time>
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
