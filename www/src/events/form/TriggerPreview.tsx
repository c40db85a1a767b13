import { useDebouncedValue } from "@mantine/hooks";
import { useWatch } from "react-hook-form";
import type { EventDocument } from "../../scheduler/eventFields";
import { kindWords } from "../../scheduler/vocabulary";
import { Countdown } from "../../time/Countdown";
import { Instant } from "../../time/Instant";
import { KindIcon } from "../../ui/KindIcon";
import { StatusBadge } from "../../ui/StatusBadge";
import classes from "./EventForm.module.css";
import type { EventFormValues } from "./formModel";
import { labelledProblem } from "./problems";
import { usePreview } from "./usePreview";

const SETTLE_MS = 200;

interface Props {
  readonly toPreview: (values: EventFormValues) => EventDocument;
}

/** What the scheduler would make of the form as it stands: the state at once and every trigger to come, or what is wrong. */
export function TriggerPreview({ toPreview }: Props) {
  const values = useWatch<EventFormValues>() as EventFormValues;
  const [settled] = useDebouncedValue(values, SETTLE_MS);
  const preview = usePreview(toPreview(settled));
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
      ) : preview.triggers.length === 0 ? (
        <p>No trigger would be queued.</p>
      ) : (
        <ol>
          {preview.triggers.map((trigger) => (
            <li key={trigger.triggerId}>
              <KindIcon kind={trigger.kind} />
              <span>
                {kindWords(trigger.kind)}
                <Instant className={classes.when} at={trigger.dueAt} timeZone={settled.timezone} />
              </span>
              <Countdown target={trigger.dueAt} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
