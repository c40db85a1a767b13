import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useReachable } from "../health/useReachable";
import { type EventDocument, eventName } from "../scheduler/eventFields";
import { reasonProblem } from "./declineReason";
import { ReasonField } from "./ReasonField";

interface Props {
  /** The event to ask about; the dialog is closed while there is none. */
  readonly event: EventDocument | null;
  readonly onDecline: (reason: string) => void;
  readonly onClose: () => void;
}

/** Asks why an event is declined. Nobody has to say. */
export function DeclineEventDialog({ event, onDecline, onClose }: Props) {
  return (
    <Modal opened={event !== null} onClose={onClose} title="Decline this event?" size="md">
      {event && <ReasonForm event={event} onDecline={onDecline} onClose={onClose} />}
    </Modal>
  );
}

interface FormProps extends Props {
  readonly event: EventDocument;
}

function ReasonForm({ event, onDecline, onClose }: FormProps) {
  const [reason, setReason] = useState("");
  const reachable = useReachable();
  const ready = reachable && reasonProblem(reason) === undefined;
  const submit = (submitted: SubmitEvent<HTMLFormElement>) => {
    submitted.preventDefault();
    if (!ready) return;
    onClose();
    onDecline(reason.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">
          <strong>{eventName(event)}</strong> gets no triggers. It can be approved later.
        </Text>
        <ReasonField value={reason} onChange={setReason} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red.8" disabled={!ready}>
            Decline event
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
