import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import { cameDue, type SeenChange } from "../scheduler/changeLog";
import { type EventDocument, eventName } from "../scheduler/eventFields";
import { usePageScheduler, useSeenChanges } from "../scheduler/hooks";
import { stateWords, statusTone } from "../scheduler/vocabulary";

const ONE_BY_ONE = 3;
const SHOWN_MS = 8_000;

/** Announces the triggers that fire: each by itself, or their number where many fire together. */
export function TriggerToasts() {
  const scheduler = usePageScheduler();
  const changes = useSeenChanges();
  const announcedUpTo = useRef(changes[0]?.number ?? 0);

  useEffect(() => {
    const fresh = changes.filter((change) => change.number > announcedUpTo.current && cameDue(change)).reverse();
    announcedUpTo.current = changes[0]?.number ?? 0;
    if (fresh.length > ONE_BY_ONE) announceMany(fresh);
    else for (const change of fresh) announce(change, scheduler.getEvent(change.eventId));
  }, [changes, scheduler]);

  return null;
}

function announce(change: SeenChange, event: EventDocument | undefined): void {
  notifications.show({
    title: stateWords(change.to),
    message: event ? eventName(event) : change.eventId,
    color: statusTone(change.to),
    autoClose: SHOWN_MS,
  });
}

function announceMany(changes: readonly SeenChange[]): void {
  notifications.show({
    title: `${changes.length} events changed their state`,
    message: "The queue lists them under “Just happened”.",
    autoClose: SHOWN_MS,
  });
}
