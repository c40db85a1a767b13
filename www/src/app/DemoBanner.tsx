import { IconInfoCircle } from "@tabler/icons-react";
import { useServerHealth } from "../health/serverHealth";
import classes from "./Shell.module.css";

/** Says that the demo's dates are not the real ones. */
export function DemoBanner() {
  const weeks = useServerHealth().data?.demo?.shifted_weeks;
  if (weeks === undefined) return null;
  return (
    <div className={`${classes.notice} ${classes.demo}`} role="note">
      <IconInfoCircle size={15} stroke={1.8} aria-hidden />
      <span>
        Demo data: real conferences
        {weeks === 0
          ? " at their real dates."
          : `, every date shifted by ${Math.abs(weeks)} ${Math.abs(weeks) === 1 ? "week" : "weeks"} ${weeks > 0 ? "forward" : "back"}.`}
      </span>
    </div>
  );
}
