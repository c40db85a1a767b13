import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import type { Permission } from "../api/session";
import { PageTitle } from "../notify/PageTitle";
import { useMay } from "../session/hooks";
import { PageState } from "../ui/PageState";
import classes from "./AdminPage.module.css";

interface Props {
  readonly title: string;
  readonly detail: string;
  readonly needs?: Permission;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of the pages about access; who may not see one is told so. */
export function AdminPage({ title, detail, needs, action, children }: Props) {
  const may = useMay();
  const navigate = useNavigate();
  if (needs && !may(needs)) {
    return (
      <PageState
        icon={<IconLock size={22} stroke={1.6} />}
        title="This page is for super admins"
        action={{ label: "To the events", onClick: () => navigate("/events") }}
      />
    );
  }
  return (
    <div className={classes.scroller}>
      <PageTitle>{title}</PageTitle>
      <div className={classes.page}>
        <header className={classes.header}>
          <div>
            <h1>{title}</h1>
            <p>{detail}</p>
          </div>
          {action}
        </header>
        {children}
      </div>
    </div>
  );
}

interface TableProps {
  readonly label: string;
  readonly columns: readonly string[];
  /** Whether it stands in a frame already. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A table whose rows are cards on a phone; each cell names its column in `data-label`. */
export function AdminTable({ label, columns, flush = false, children }: TableProps) {
  return (
    <div className={flush ? classes.flush : classes.frame}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
