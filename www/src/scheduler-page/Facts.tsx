import type { ReactNode } from "react";
import classes from "./SchedulerPage.module.css";

/** A name and what is known of it; what is undefined is left out. */
export type Fact = readonly [name: string, value: ReactNode];

interface Props {
  readonly title: string;
  readonly badge?: ReactNode;
  readonly facts: readonly Fact[];
  readonly children?: ReactNode;
}

/** A card of names and values. */
export function Facts({ title, badge, facts, children }: Props) {
  return (
    <section className={classes.card} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {badge}
      </header>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </section>
  );
}
