import { useQuery } from "@tanstack/react-query";
import { readEvent } from "../../api/events";
import type { EventDocument } from "../../scheduler/eventFields";
import { useEventIndex, usePageHealth } from "../../scheduler/hooks";
import { useFeedState } from "../../scheduler/useFeedState";

interface EditedEvent {
  readonly event: EventDocument | undefined;
  readonly loading: boolean;
  readonly problem: string | undefined;
}

/** The event to edit: as the scheduler has it, or, where it is quarantined and the scheduler has not, from the server. */
export function useEditedEvent(eventId: string): EditedEvent {
  const tracked = useEventIndex().byId.get(eventId)?.event;
  const feed = useFeedState();
  const quarantined = usePageHealth().quarantined.some((candidate) => candidate.eventId === eventId);
  const stored = useQuery({
    queryKey: ["quarantined-event", eventId],
    queryFn: ({ signal }) => readEvent(eventId, signal),
    enabled: !tracked && quarantined,
    networkMode: "always",
    gcTime: 0,
  });
  return {
    event: tracked ?? (quarantined ? stored.data : undefined),
    loading: feed.loading || (quarantined && stored.isPending),
    problem: feed.problem ?? (quarantined ? stored.error?.message : undefined),
  };
}
