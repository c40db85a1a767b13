import { Skeleton } from "@mantine/core";
import classes from "./EventTable.module.css";

const WIDTHS = ["62%", "48%", "71%", "55%", "66%", "44%", "58%", "69%", "51%"];

/** The table's outline while the first events are on their way; the rows take its place without a jump. */
export function EventTableSkeleton() {
  return (
    <div className={classes.frame} role="status" aria-label="Loading events">
      <div className={classes.scroller}>
        <div className={classes.head}>&nbsp;</div>
        {WIDTHS.map((width) => (
          <div key={width} className={`${classes.columns} ${classes.skeleton}`}>
            <Skeleton height={14} width={width} />
            <Skeleton height={12} width="70%" />
            <Skeleton height={18} width={96} radius="xl" />
            <Skeleton height={12} width="60%" />
          </div>
        ))}
      </div>
    </div>
  );
}
