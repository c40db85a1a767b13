import { Modal, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { fieldMessage } from "../../session/passwords";
import { OrderForm } from "./OrderForm";
import { usePause } from "./orderMutations";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Asks why, before everything is held back. */
export function PauseDialog({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Pause the scheduler" size="sm">
      <PauseForm onClose={onClose} />
    </Modal>
  );
}

function PauseForm({ onClose }: { readonly onClose: () => void }) {
  const [reason, setReason] = useState("");
  const pause = usePause();
  return (
    <OrderForm
      label="Pause"
      busy={pause.isPending}
      error={pause.error}
      disabled={reason.trim() === ""}
      onSubmit={() => pause.mutate(reason.trim(), { onSuccess: onClose })}
      onCancel={onClose}
    >
      <Text size="sm">
        Nothing fires on the server until somebody resumes it, also after a restart. Events can still be changed, and
        open pages go on by themselves.
      </Text>
      <TextInput
        label="Reason"
        description="For whoever finds the scheduler paused."
        autoComplete="off"
        maxLength={200}
        required
        data-autofocus
        value={reason}
        error={fieldMessage(pause.error, "reason")}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </OrderForm>
  );
}
