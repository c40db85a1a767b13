import { Popover, UnstyledButton } from "@mantine/core";
import { useSchedulerHealth } from "client-event-scheduler/react";
import tones from "../ui/tones.module.css";
import classes from "./Health.module.css";
import { HealthDetails } from "./HealthDetails";
import { useServerHealth } from "./serverHealth";
import { judge } from "./verdict";

/** The health of page and server as a dot and words; opening it tells the details. */
export function HealthIndicator() {
  const page = useSchedulerHealth();
  const server = useServerHealth();
  const { tone, words } = judge(page, { health: server.data, unreachable: server.isError });
  return (
    <Popover position="bottom-end" width={420} trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.indicator} data-tone={tone} aria-label={`Health: ${words}`}>
          <span className={`${classes.dot} ${tones[tone]}`} aria-hidden />
          <span className={classes.words}>{words}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label="Health of page and server">
        <HealthDetails page={page} server={server.data} serverError={server.error} />
      </Popover.Dropdown>
    </Popover>
  );
}
