import { Button, Group, Modal, Text } from "@mantine/core";
import { eventName } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { useDeleteEvent } from "./mutations";

interface Props {
  /** The event to ask about; the dialog is closed while there is none. */
  readonly row: EventRow | null;
  readonly onClose: () => void;
  /** Called when the deletion is under way. */
  readonly onDelete?: () => void;
}

/** Asks before an event and its triggers go. */
export function DeleteEventDialog({ row, onClose, onDelete }: Props) {
  const remove = useDeleteEvent();
  const confirm = () => {
    if (row) remove.mutate(row.event);
    onClose();
    onDelete?.();
  };
  return (
    <Modal opened={row !== null} onClose={onClose} title="Delete this event?" size="sm">
      {row && (
        <>
          <Text size="sm">
            <strong>{eventName(row.event)}</strong> and its queued triggers are removed here, on the server and in every
            open tab. This cannot be undone.
          </Text>
          <Group justify="flex-end" mt="lg" gap="xs">
            <Button variant="default" onClick={onClose} data-autofocus>
              Keep it
            </Button>
            <Button color="red.8" onClick={confirm}>
              Delete event
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
