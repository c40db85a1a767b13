import { Button, Group, Modal, Text } from "@mantine/core";

/** Something that cannot be undone. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly onConfirm: () => void;
}

interface Props {
  /** What to ask; the dialog is closed while there is nothing. */
  readonly question: Question | null;
  readonly onClose: () => void;
}

/** Asks before something goes. */
export function Confirm({ question, onClose }: Props) {
  return (
    <Modal opened={question !== null} onClose={onClose} title={question?.title} size="sm">
      {question && (
        <>
          <Text size="sm">{question.text}</Text>
          <Group justify="flex-end" mt="lg" gap="xs">
            <Button variant="default" onClick={onClose} data-autofocus>
              Cancel
            </Button>
            <Button
              color="red.8"
              onClick={() => {
                question.onConfirm();
                onClose();
              }}
            >
              {question.confirm}
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
