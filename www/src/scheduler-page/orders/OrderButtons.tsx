import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useWatchedScheduler } from "../queries";
import { BackfillDialog } from "./BackfillDialog";
import { CatchUpDialog } from "./CatchUpDialog";
import { PauseDialog } from "./PauseDialog";
import { ResumeDialog } from "./ResumeDialog";

type Order = "pause" | "resume" | "backfill" | "catch-up";

/** What the server's scheduler can be told, each asked for in a dialog that says what it causes. */
export function OrderButtons() {
  const [asking, setAsking] = useState<Order | null>(null);
  const server = useWatchedScheduler().data;
  const close = () => setAsking(null);
  return (
    <Group gap="xs" wrap="wrap">
      {server?.paused ? (
        <Button onClick={() => setAsking("resume")}>Resume …</Button>
      ) : (
        <Button variant="default" onClick={() => setAsking("pause")}>
          Pause …
        </Button>
      )}
      <Button variant="default" onClick={() => setAsking("backfill")}>
        Backfill …
      </Button>
      <Button variant="default" onClick={() => setAsking("catch-up")}>
        Catch-up window …
      </Button>
      <PauseDialog opened={asking === "pause"} onClose={close} />
      <ResumeDialog opened={asking === "resume"} paused={server?.paused ?? null} onClose={close} />
      <BackfillDialog opened={asking === "backfill"} downtime={server?.last_downtime ?? null} onClose={close} />
      <CatchUpDialog opened={asking === "catch-up"} hours={server?.max_downtime_hours} onClose={close} />
    </Group>
  );
}
