import { IconCloudOff } from "@tabler/icons-react";
import { useServerHealth } from "../health/serverHealth";
import { useFeedState } from "../scheduler/useFeedState";
import classes from "./Shell.module.css";

/** Says what still works while the server is away. */
export function ConnectionNotice() {
  const server = useServerHealth();
  const { problem } = useFeedState();
  if (!server.isError && !problem) return null;
  return (
    <div className={`${classes.notice} ${classes.offline}`} role="status">
      <IconCloudOff size={15} stroke={1.8} aria-hidden />
      <span>
        The server cannot be reached. Triggers go on firing here from what is known; changes cannot be saved until it is
        back.
      </span>
    </div>
  );
}
