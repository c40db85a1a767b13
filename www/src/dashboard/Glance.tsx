import { useUpcomingTriggers } from "client-event-scheduler/react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useEventIndex, usePageHealth, usePageScheduler } from "../scheduler/hooks";
import { useFeedState } from "../scheduler/useFeedState";
import { Panel } from "../ui/Panel";
import classes from "./Dashboard.module.css";
import { glance } from "./glance";

/** More triggers than this in one day are not told apart at a glance. */
const MOST_TRIGGERS = 1_000;

/** The numbers of the day, each leading to what it counts. */
export function Glance() {
  const { rows } = useEventIndex();
  const queue = useUpcomingTriggers({ limit: MOST_TRIGGERS });
  const { quarantined } = usePageHealth();
  const { loading } = useFeedState();
  const numbers = glance(rows, queue, quarantined.length, usePageScheduler().now());
  const tiles = [
    { label: "under way", value: numbers.underWay, to: "/events?sub=event_started" },
    { label: "registration open", value: numbers.registrationOpen, to: "/events?sub=registration_open" },
    { label: "triggers within a day", value: numbers.firingToday, to: "/scheduler?tab=queue" },
    { label: "upcoming", value: numbers.upcoming, to: "/events?status=upcoming" },
    { label: "waiting for approval", value: numbers.waiting, to: "/events?status=pending_approval" },
    { label: "need correction", value: numbers.quarantined, to: "#health" },
  ];
  return (
    <Panel title="At a glance" className={classes.glance}>
      <ul className={classes.tiles}>
        {tiles.map(({ label, value, to }) => (
          <li key={label}>
            <Tile to={to}>
              <span className={classes.number}>{loading ? "–" : value.toLocaleString()}</span>
              <span className={classes.tileLabel}>{label}</span>
            </Tile>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** A part of this page is gone to by the browser itself. */
function Tile({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  return to.startsWith("#") ? (
    <a href={to} className={classes.tile}>
      {children}
    </a>
  ) : (
    <Link to={to} className={classes.tile}>
      {children}
    </Link>
  );
}
