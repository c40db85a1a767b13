import {
  type ClientEventScheduler,
  createScheduler,
  type EventStatus,
  InvalidInputError,
  type QueuedTrigger,
} from "client-event-scheduler";
import { useEffect, useMemo, useState } from "react";
import type { FieldProblem } from "../../api/problem";
import { asInput, type EventDocument } from "../../scheduler/eventFields";

interface Preview {
  readonly status: EventStatus | undefined;
  readonly triggers: readonly QueuedTrigger[];
  readonly problems: readonly FieldProblem[];
}

/** Asks a scheduler of its own, which never starts and holds nothing else, what it would do with `definition`. */
export function usePreview(definition: EventDocument): Preview | null {
  const scratch = useScratchScheduler();
  const key = JSON.stringify(definition);
  return useMemo(() => (scratch ? previewOf(scratch, JSON.parse(key) as EventDocument) : null), [scratch, key]);
}

function previewOf(scratch: ClientEventScheduler, definition: EventDocument): Preview {
  try {
    scratch.updateEvent(definition.event_id, asInput(definition));
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { status: undefined, triggers: [], problems: error.problems };
  }
  const preview = {
    status: scratch.getEventStatus(definition.event_id),
    triggers: scratch.queue({ limit: 20 }),
    problems: [],
  };
  scratch.removeEvent(definition.event_id);
  return preview;
}

function useScratchScheduler(): ClientEventScheduler | null {
  const [scratch, setScratch] = useState<ClientEventScheduler | null>(null);
  useEffect(() => {
    let current = true;
    let made: ClientEventScheduler | undefined;
    createScheduler({ name: "preview", logger: false }).then((scheduler) => {
      if (!current) return scheduler.dispose();
      made = scheduler;
      setScratch(scheduler);
    });
    return () => {
      current = false;
      made?.dispose();
      setScratch(null);
    };
  }, []);
  return scratch;
}
