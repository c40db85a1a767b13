import type { Problem } from "client-event-scheduler/slim";
import { labelledProblem } from "../events/form/problems";
import { Panel } from "../ui/Panel";
import classes from "./Detail.module.css";

/** Why an event is kept without triggers. */
export function Invalid({ problems }: { readonly problems: readonly Problem[] }) {
  return (
    <Panel title="Needs correction" className={classes.invalid}>
      <p>The event is kept, and nothing fires for it until this is put right:</p>
      <ul>
        {problems.map((problem) => (
          <li key={`${problem.field} ${problem.message}`}>{labelledProblem(problem)}</li>
        ))}
      </ul>
    </Panel>
  );
}
