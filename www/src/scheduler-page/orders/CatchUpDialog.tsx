import { Modal, NumberInput, Text } from "@mantine/core";
import { useState } from "react";
import { fieldMessage } from "../../session/passwords";
import { OrderForm } from "./OrderForm";
import { useCatchUpWindow } from "./orderMutations";

const MOST_HOURS = 24 * 366;

interface Props {
  readonly opened: boolean;
  readonly hours: number | undefined;
  readonly onClose: () => void;
}

/** Asks how late a missed trigger may still be delivered. */
export function CatchUpDialog({ opened, hours, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Catch-up window" size="sm">
      <CatchUpForm hours={hours} onClose={onClose} />
    </Modal>
  );
}

function CatchUpForm({ hours, onClose }: Pick<Props, "hours" | "onClose">) {
  const [value, setValue] = useState<number | string>(hours ?? 24);
  const set = useCatchUpWindow();
  const wanted = typeof value === "number" ? value : undefined;
  return (
    <OrderForm
      label="Set"
      busy={set.isPending}
      error={set.error}
      disabled={wanted === undefined || wanted === hours}
      onSubmit={() => wanted !== undefined && set.mutate(wanted, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <Text size="sm">
        What the server misses while it does not run is delivered afterwards if it is not older than this; older
        triggers expire, and only a backfill delivers them. It holds from now on.
      </Text>
      <NumberInput
        label="Hours"
        description={`From 0 to ${MOST_HOURS.toLocaleString()}, which is a year.`}
        min={0}
        max={MOST_HOURS}
        allowDecimal={false}
        allowNegative={false}
        data-autofocus
        value={value}
        error={fieldMessage(set.error, "max_downtime_hours")}
        onChange={setValue}
      />
    </OrderForm>
  );
}
