import { Button, CloseButton, Modal, Stack, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { notifyDone, notifyFailed } from "../../notify/notices";
import { eventName } from "../../scheduler/eventFields";
import { usePageScheduler } from "../../scheduler/hooks";
import classes from "./Bulk.module.css";
import { DONE_WORDS } from "./bulkAction";
import { type BulkRun, countResults } from "./runBulk";
import { type NotUndone, undoable, undoBulk } from "./undo";

interface Props {
  readonly run: BulkRun;
  readonly onClose: () => void;
}

/** What became of the last run: how many, what was refused and why, and the way back. */
export function RunReport({ run, onClose }: Props) {
  const scheduler = usePageScheduler();
  const [listing, setListing] = useState(false);
  const [left, setLeft] = useState<readonly NotUndone[] | null>(null);
  const refused = run.outcomes.filter(({ result }) => result === "refused");
  const undo = useMutation({
    mutationFn: () => undoBulk(run, scheduler),
    onSuccess: ({ restored, failed }) => {
      if (failed.length > 0) return setLeft(failed);
      notifyDone(`${restored.toLocaleString()} ${restored === 1 ? "event is" : "events are"} as before.`);
      onClose();
    },
    onError: (error) => notifyFailed("It was not undone.", error),
  });
  return (
    <>
      <div className={classes.undo} role="status">
        <span>{summary(run)}</span>
        {refused.length > 0 && (
          <Button size="compact-sm" variant="default" onClick={() => setListing(true)}>
            Show problems
          </Button>
        )}
        {undoable(run).length > 0 && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowBackUp size={15} aria-hidden />}
            loading={undo.isPending}
            onClick={() => undo.mutate()}
          >
            Undo
          </Button>
        )}
        <CloseButton size="sm" aria-label="Dismiss" onClick={onClose} />
      </div>
      <Modal opened={listing} onClose={() => setListing(false)} title="What was refused" size="md">
        <Problems
          problems={refused.map(({ eventId, row, problem }) => ({
            eventId,
            name: eventName(row.event),
            problem: problem ?? "",
          }))}
        />
      </Modal>
      <Modal opened={left !== null} onClose={onClose} title="Not everything could be undone" size="md">
        <Stack gap="sm">
          <Text size="sm">
            {(undoable(run).length - (left?.length ?? 0)).toLocaleString()} events are as before. These were left as
            they are:
          </Text>
          <Problems problems={left ?? []} />
        </Stack>
      </Modal>
    </>
  );
}

function summary({ action, outcomes, broken }: BulkRun): string {
  const changed = countResults(outcomes, "changed");
  const parts = [
    `${changed.toLocaleString()} ${changed === 1 ? "event was" : "events were"} ${DONE_WORDS[action.type]}`,
    counted(countResults(outcomes, "unchanged"), "unchanged"),
    counted(countResults(outcomes, "refused"), "refused"),
    counted(countResults(outcomes, "untouched"), "not reached"),
  ].filter(Boolean);
  return `${parts.join(", ")}.${broken ? ` ${broken.message}` : ""}`;
}

const counted = (count: number, words: string): string => (count === 0 ? "" : `${count.toLocaleString()} ${words}`);

function Problems({ problems }: { readonly problems: readonly NotUndone[] }) {
  return (
    <ul className={classes.problems}>
      {problems.map(({ eventId, name, problem }) => (
        <li key={eventId}>
          {name}
          <span className={classes.problem}>{problem}</span>
        </li>
      ))}
    </ul>
  );
}
