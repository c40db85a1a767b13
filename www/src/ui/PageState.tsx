import { Button, Loader, Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./PageState.module.css";

interface Props {
  readonly title: string;
  readonly detail?: string | undefined;
  readonly icon?: ReactNode;
  readonly busy?: boolean;
  /** Takes no more room than its words need, for a place beside other content. */
  readonly compact?: boolean;
  readonly action?: { readonly label: string; readonly onClick: () => void } | undefined;
}

/** What stands in a place that has nothing else to show: empty, loading or failed. */
export function PageState({ title, detail, icon, busy = false, compact = false, action }: Props) {
  return (
    <div className={classes.state} data-compact={compact || undefined} role={busy ? "status" : undefined}>
      {busy ? <Loader size="sm" aria-hidden /> : icon && <span className={classes.icon}>{icon}</span>}
      <Text component="p" fw={600} size="md">
        {title}
      </Text>
      {detail && (
        <Text component="p" c="var(--text-soft)" size="sm" maw={420}>
          {detail}
        </Text>
      )}
      {action && (
        <Button variant="default" mt={4} onClick={action.onClick}>
          {action.label}
        </Button>
      )}
    </div>
  );
}
