import type { ExplainedTrigger } from "client-event-scheduler/slim";
import type { EventDocument } from "../../scheduler/eventFields";
import { eventTimeZone } from "../../scheduler/eventFields";
import { kindWords } from "../../scheduler/vocabulary";
import { Countdown } from "../../time/Countdown";
import { Instant } from "../../time/Instant";
import { KindIcon } from "../../ui/KindIcon";
import { StatusBadge } from "../../ui/StatusBadge";
import classes from "./EventForm.module.css";
import { useFormPreview } from "./FormPreview";
import { labelledProblem } from "./problems";
import { type Preview, useAllTriggers } from "./usePreview";

/** What the scheduler would make of the form as it stands: the state at once and every trigger, or what is wrong. */
export function TriggerPreview() {
  const { preview, definition } = useFormPreview();
  return (
    <section className={classes.preview} aria-label="Preview">
      <header>
        <h3>What this would do</h3>
        {preview.status && <StatusBadge state={preview.status} />}
      </header>
      {preview.problems.length > 0 ? (
        <ul>
          {preview.problems.map((problem) => (
            <li key={labelledProblem(problem)} className={classes.problem}>
              {labelledProblem(problem)}
            </li>
          ))}
        </ul>
      ) : (
        <Triggers preview={preview} definition={definition} />
      )}
    </section>
  );
}

type Shown = Pick<ExplainedTrigger, "triggerId" | "kind" | "dueAt"> & { readonly state?: ExplainedTrigger["state"] };

function Triggers({ preview, definition }: { readonly preview: Preview; readonly definition: EventDocument }) {
  const all = useAllTriggers(definition);
  const triggers: readonly Shown[] = all ?? preview.triggers;
  if (triggers.length === 0) return <p>No trigger would be queued.</p>;
  return (
    <ol>
      {triggers.map((trigger) => (
        <li key={trigger.triggerId} data-fires={fate(trigger) === undefined || undefined}>
          <KindIcon kind={trigger.kind} />
          <span>
            {kindWords(trigger.kind)}
            <Instant className={classes.when} at={trigger.dueAt} timeZone={eventTimeZone(definition)} />
          </span>
          {fate(trigger) === undefined ? (
            <Countdown target={trigger.dueAt} />
          ) : (
            <span className={classes.when}>{fate(trigger)}</span>
          )}
        </li>
      ))}
    </ol>
  );
}

/** What becomes of a trigger that does not wait for its time. */
function fate({ state }: Shown): string | undefined {
  if (state === undefined || state.type === "queued") return undefined;
  if (state.type === "due") return "fires at once";
  return state.type === "placed_in_past" ? "in the past, does not fire" : "does not fire";
}
