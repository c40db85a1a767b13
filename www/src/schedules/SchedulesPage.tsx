import { Button, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../session/hooks";
import { Page } from "../ui/Page";
import { Panel } from "../ui/Panel";
import { OccurrenceTable } from "./OccurrenceTable";
import { useOccurrences } from "./queries";
import { ScheduleDetails } from "./ScheduleDetails";
import { ScheduleDialog } from "./ScheduleDialog";

/** `/schedules`: what other back ends have the server do. */
export function Component() {
  const may = useMay();
  const upcoming = useOccurrences("upcoming");
  const [creating, setCreating] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  return (
    <Page
      title="Schedules"
      detail="What services have the server hand over, at a time, in a zone, once or repeatedly."
      actions={
        may("schedules:write") && (
          <Button leftSection={<IconPlus size={16} stroke={2.2} aria-hidden />} onClick={() => setCreating(true)}>
            New schedule
          </Button>
        )
      }
    >
      <Stack gap="md">
        <Panel title="Within 30 days" flush>
          <OccurrenceTable list="upcoming" onShow={setShown} />
        </Panel>
        {/* Not before the list above it has its height. */}
        {!upcoming.isPending && (
          <Panel title="Given up" flush>
            <OccurrenceTable list="given_up" onShow={setShown} />
          </Panel>
        )}
      </Stack>
      <ScheduleDialog opened={creating} onClose={() => setCreating(false)} onScheduled={setShown} />
      <ScheduleDetails id={shown} onClose={() => setShown(null)} />
    </Page>
  );
}
