import { Popover, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useEffect } from "react";
import { usePageHealth } from "../scheduler/hooks";
import tones from "../ui/tones.module.css";
import classes from "./Health.module.css";
import { HealthDetails } from "./HealthDetails";
import { useServerHealth } from "./serverHealth";
import { judge } from "./verdict";

/** The health of page and server as a dot and words; opening it tells the details. */
export function HealthIndicator() {
  const page = usePageHealth();
  const server = useServerHealth();
  const [opened, { toggle, close, open }] = useDisclosure(false, { onOpen: () => void server.refetch() });
  const { refetch } = server;
  const syncState = page.sync.state;
  useEffect(() => {
    // The feed notices first that the server has gone or come back.
    if (syncState === "retrying" || syncState === "streaming") void refetch();
  }, [syncState, refetch]);
  const { tone, words } = judge(page, { health: server.data, unreachable: server.isError });
  return (
    <Popover
      position="bottom-end"
      width={420}
      trapFocus
      returnFocus
      opened={opened}
      onChange={(wanted) => (wanted ? open() : close())}
    >
      <Popover.Target>
        <UnstyledButton className={classes.indicator} data-tone={tone} aria-label={`Health: ${words}`} onClick={toggle}>
          <span className={`${classes.dot} ${tones[tone]}`} aria-hidden />
          <span className={classes.words}>{words}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown}>
        <HealthDetails page={page} server={server.data} serverError={server.error} onClose={close} />
      </Popover.Dropdown>
    </Popover>
  );
}
