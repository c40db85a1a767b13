import { type ReactNode, useId } from "react";
import classes from "./Panel.module.css";

interface Props {
  readonly title: string;
  /** At the far end of the title: a number, or a way to more. */
  readonly aside?: ReactNode;
  /** Whether the content brings its own padding, as lists do. */
  readonly flush?: boolean;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** One part of a page, with its title. */
export function Panel({ title, aside, flush = false, className, children }: Props) {
  const id = useId();
  return (
    <section className={`${classes.panel} ${className ?? ""}`} aria-labelledby={id}>
      <header className={classes.header}>
        <h2 id={id}>{title}</h2>
        {aside && <div className={classes.aside}>{aside}</div>}
      </header>
      <div className={flush ? classes.flush : classes.content}>{children}</div>
    </section>
  );
}

/** Where a panel has nothing to list. */
export function PanelNote({ children }: { readonly children: ReactNode }) {
  return <p className={classes.note}>{children}</p>;
}
