import { ClientEventScheduler, type EventStatus, InvalidInputError, type QueuedTrigger } from "client-event-scheduler";
import { useMemo } from "react";
import type { FieldProblem } from "../../api/problem";
import { asInput, type EventDocument } from "../../scheduler/eventFields";

export interface Preview {
  readonly status: EventStatus | undefined;
  readonly triggers: readonly QueuedTrigger[];
  readonly problems: readonly FieldProblem[];
}

const MOST_TRIGGERS = 20;

/** What a scheduler would do with `definition`; reckoned anew only when the definition changes. */
export function usePreview(definition: EventDocument): Preview {
  const key = JSON.stringify(definition);
  return useMemo(() => previewOf(JSON.parse(key) as EventDocument), [key]);
}

/** Asks a scheduler of its own that never starts, holds nothing else and is gone when this returns. */
export function previewOf(definition: EventDocument): Preview {
  const scratch = new ClientEventScheduler({ name: "preview", logger: false });
  try {
    scratch.updateEvent(definition.event_id, asInput(definition));
    return {
      status: scratch.getEventStatus(definition.event_id),
      triggers: scratch.queue({ limit: MOST_TRIGGERS }),
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { status: undefined, triggers: [], problems: error.problems };
  } finally {
    scratch.dispose();
  }
}
