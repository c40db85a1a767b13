import { Skeleton } from "@mantine/core";
import classes from "./Dashboard.module.css";

const WIDTHS = ["68%", "52%", "74%", "60%", "47%", "66%", "55%", "71%"];

/** Lines to come, of the height that they will have. */
export function Lines({ count, label }: { readonly count: number; readonly label: string }) {
  return (
    <div role="status" aria-label={label}>
      {Array.from({ length: count }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and stay where they are
        <div key={line} className={classes.line}>
          <Skeleton circle height={26} />
          <Skeleton height={12} width={WIDTHS[line % WIDTHS.length] ?? "60%"} />
        </div>
      ))}
    </div>
  );
}
