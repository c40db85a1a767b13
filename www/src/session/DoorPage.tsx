import type { ReactNode } from "react";
import classes from "./DoorPage.module.css";

interface Props {
  readonly title: string;
  readonly detail?: ReactNode;
  readonly children: ReactNode;
}

/** The page in front of the admin. */
export function DoorPage({ title, detail, children }: Props) {
  return (
    <main className={classes.page}>
      <title>{`${title} · Client Event Scheduler`}</title>
      <div className={classes.brand}>
        <img src="/favicon.svg" alt="" width={30} height={30} />
        Client Event Scheduler
      </div>
      <section className={classes.card} aria-labelledby="door-title">
        <h1 id="door-title">{title}</h1>
        {detail && <p className={classes.detail}>{detail}</p>}
        {children}
      </section>
    </main>
  );
}
