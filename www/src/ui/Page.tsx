import type { ReactNode } from "react";
import { PageTitle } from "../notify/PageTitle";
import classes from "./Page.module.css";

interface Props {
  readonly title: string;
  /** What stands in the tab, where that is not the title. */
  readonly tab?: string;
  /** Above the title: the way back. */
  readonly above?: ReactNode;
  /** Below the title. */
  readonly detail?: ReactNode;
  /** At the far end of the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page that scrolls as a whole, with its heading on top. */
export function Page({ title, tab = title, above, detail, actions, children }: Props) {
  return (
    <div className={classes.scroller}>
      <PageTitle>{tab}</PageTitle>
      <div className={classes.page}>
        {above}
        <header className={classes.header}>
          <div className={classes.heading}>
            <h1>{title}</h1>
            {detail && <div className={classes.detail}>{detail}</div>}
          </div>
          {actions && <div className={classes.actions}>{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}
