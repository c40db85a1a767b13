import type { ReactNode } from "react";
import { Panel } from "../ui/Panel";
import classes from "./SchedulerPage.module.css";

/** A name and what is known of it. */
export type Fact = readonly [name: string, value: ReactNode];

interface Props {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** A panel of names and values. */
export function Facts({ title, facts }: Props) {
  return (
    <Panel title={title}>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
