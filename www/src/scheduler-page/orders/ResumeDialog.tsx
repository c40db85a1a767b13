import { Modal, Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ServerScheduler } from "../../api/scheduler";
import { usePageScheduler } from "../../scheduler/hooks";
import { SCHEDULER_KEY } from "../../scheduler/serverRecord";
import { formatInstant } from "../../time/format";
import { readStretch, type Stretch } from "../readStretch";
import { OrderForm } from "./OrderForm";
import { useResume } from "./orderMutations";

const DUE_AGAIN_MS = 3_000;

type Pause = NonNullable<ServerScheduler["paused"]>;

interface Props {
  readonly opened: boolean;
  readonly paused: Pause | null;
  readonly onClose: () => void;
}

/** Asks what becomes of what came due during the pause. */
export function ResumeDialog({ opened, paused, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Resume the scheduler" size="md">
      {paused && <ResumeForm paused={paused} onClose={onClose} />}
    </Modal>
  );
}

function ResumeForm({ paused, onClose }: { readonly paused: Pause; readonly onClose: () => void }) {
  const [from, setFrom] = useState<"watermark" | "now">("watermark");
  const resume = useResume();
  const due = useDue();
  const count =
    due === undefined
      ? "What"
      : due.triggers.length === 1
        ? "The 1 trigger that"
        : `The ${due.complete ? "" : "more than "}${due.triggers.length.toLocaleString()} triggers that`;
  return (
    <OrderForm
      label="Resume"
      busy={resume.isPending}
      error={resume.error}
      onSubmit={() => resume.mutate(from, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <Text size="sm">
        Paused since {formatInstant(Date.parse(paused.since))}: {paused.reason}
      </Text>
      {due?.triggers.length === 0 ? (
        <Text size="sm">Nothing has come due since then: the scheduler just goes on.</Text>
      ) : (
        <Radio.Group
          label={`${count} came due meanwhile`}
          value={from}
          onChange={(value) => setFrom(value === "now" ? "now" : "watermark")}
        >
          <Stack gap="xs" mt={8}>
            <Radio
              value="watermark"
              label="Deliver them now"
              description="In the order of their times, as after a downtime; what is older than the catch-up window is left out."
            />
            <Radio
              value="now"
              label="Leave them out"
              description="Only the states of the events follow. A backfill can still deliver them later."
            />
          </Stack>
        </Radio.Group>
      )}
    </OrderForm>
  );
}

/** The triggers that wait and are due already. */
function useDue(): Stretch | undefined {
  const scheduler = usePageScheduler();
  const due = useQuery({
    queryKey: [...SCHEDULER_KEY, "due"],
    queryFn: ({ signal }) => readStretch({ until: new Date(scheduler.now()).toISOString() }, signal),
    networkMode: "always",
    gcTime: 0,
    // More comes due while the question is open.
    refetchInterval: DUE_AGAIN_MS,
  });
  return due.data;
}
