import {
  ClientEventScheduler,
  type Clock,
  type EventStatus,
  type ExplainedTrigger,
  InvalidInputError,
  type QueuedTrigger,
} from "client-event-scheduler/slim";
import { useEffect, useMemo, useState } from "react";
import type { FieldProblem } from "../../api/problem";
import { asInput, type EventDocument } from "../../scheduler/eventFields";
import { usePageScheduler } from "../../scheduler/hooks";

export interface Preview {
  readonly status: EventStatus | undefined;
  /** What would fire. */
  readonly triggers: readonly QueuedTrigger[];
  readonly problems: readonly FieldProblem[];
  /** Local times that the clocks skip or show twice: they are taken, and a person may have meant another instant. */
  readonly doubts: readonly FieldProblem[];
}

const MOST_TRIGGERS = 20;

const NAME = "preview";

/** What a scheduler would do with `definition`; reckoned anew only when the definition changes. */
export function usePreview(definition: EventDocument): Preview {
  const clock = usePageClock();
  const key = JSON.stringify(definition);
  return useMemo(() => previewOf(JSON.parse(key) as EventDocument, clock), [key, clock]);
}

/** The time by which the page's scheduler goes: a device whose clock is wrong previews what the page will do all the same. */
function usePageClock(): Clock {
  const scheduler = usePageScheduler();
  return useMemo(() => ({ now: () => scheduler.now(), manual: true }), [scheduler]);
}

/** Asks a scheduler of its own that never starts, holds nothing else and is gone when this returns. */
export function previewOf(definition: EventDocument, clock: Clock): Preview {
  const scratch = new ClientEventScheduler({ name: NAME, logger: false, clock });
  try {
    scratch.updateEvent(definition.event_id, asInput(definition));
    return {
      status: scratch.getEventStatus(definition.event_id),
      triggers: scratch.queue({ limit: MOST_TRIGGERS }),
      problems: [],
      doubts: doubtsOf(definition, clock),
    };
  } catch (error) {
    return { status: undefined, triggers: [], problems: problemsOf(error), doubts: doubtsOf(definition, clock) };
  } finally {
    scratch.dispose();
  }
}

const DOUBTFUL: ReadonlySet<string> = new Set(["DATE_NONEXISTENT", "DATE_AMBIGUOUS"]);

/** Asks one that refuses what it would have to interpret. */
function doubtsOf(definition: EventDocument, clock: Clock): readonly FieldProblem[] {
  const strict = new ClientEventScheduler({ name: NAME, logger: false, clock, disambiguation: "reject" });
  try {
    strict.updateEvent(definition.event_id, asInput(definition));
    return [];
  } catch (error) {
    return problemsOf(error).filter(({ code }) => DOUBTFUL.has(code));
  } finally {
    strict.dispose();
  }
}

function problemsOf(error: unknown): readonly FieldProblem[] {
  if (error instanceof InvalidInputError) return error.problems;
  throw error;
}

/** Every trigger that `definition` has, those included that lie in the past; none until the scheduler has answered. */
export function useAllTriggers(definition: EventDocument): readonly ExplainedTrigger[] | undefined {
  const clock = usePageClock();
  const key = JSON.stringify(definition);
  const [answer, setAnswer] = useState<{ readonly key: string; readonly triggers: readonly ExplainedTrigger[] }>();
  useEffect(() => {
    let wanted = true;
    allTriggersOf(JSON.parse(key) as EventDocument, clock)
      .then((triggers) => wanted && setAnswer({ key, triggers }))
      // What is wrong with a definition is the preview's to tell.
      .catch(() => undefined);
    return () => {
      wanted = false;
    };
  }, [key, clock]);
  return answer?.key === key ? answer.triggers : undefined;
}

/** The same, asked once. Rejects with `InvalidInputError`. */
export async function allTriggersOf(definition: EventDocument, clock: Clock): Promise<readonly ExplainedTrigger[]> {
  const scratch = new ClientEventScheduler({ name: NAME, logger: false, clock });
  try {
    scratch.updateEvent(definition.event_id, asInput(definition));
    return (await scratch.explain(definition.event_id)).triggers;
  } finally {
    scratch.dispose();
  }
}
