import { Button, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { AwayAlert } from "../../health/AwayAlert";
import { useReachable } from "../../health/useReachable";
import { eventName } from "../../scheduler/eventFields";
import type { EventRow } from "../../scheduler/eventIndex";
import { fromLocalInput } from "../../time/localInput";
import { reasonProblem } from "../declineReason";
import { ReasonField } from "../ReasonField";
import classes from "./Bulk.module.css";
import type { BulkAction, BulkType } from "./bulkAction";
import { Consequences } from "./Consequences";
import { ShiftFields, type ShiftInput, StartFields } from "./MoveFields";
import { type Arrangement, lengthsTo } from "./plan";
import { type BulkRun, runBulk } from "./runBulk";
import { spanMs } from "./span";

const TITLES: Record<BulkType, string> = {
  approve: "Approve",
  decline: "Decline",
  cancel: "Cancel",
  shift: "Shift the dates of",
  reschedule: "Reschedule",
  delete: "Delete",
};

const LABELS: Record<BulkType, string> = {
  approve: "Approve",
  decline: "Decline",
  cancel: "Cancel events",
  shift: "Shift",
  reschedule: "Reschedule",
  delete: "Delete",
};

const NAMED = 5;

interface Props {
  /** What to ask about; the dialog is closed while there is nothing. */
  readonly type: BulkType | null;
  readonly rows: readonly EventRow[];
  readonly onDone: (run: BulkRun) => void;
  readonly onClose: () => void;
}

/** Says what will happen, does it, and shows how far it has come. */
export function BulkDialog({ type, rows, onDone, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  const count = `${rows.length.toLocaleString()} ${rows.length === 1 ? "event" : "events"}`;
  return (
    <Modal
      opened={type !== null}
      onClose={onClose}
      title={type && `${TITLES[type]} ${count}?`}
      size="md"
      closeOnClickOutside={!busy}
      closeOnEscape={!busy}
      withCloseButton={!busy}
    >
      {type && <BulkForm type={type} rows={rows} onBusy={setBusy} onDone={onDone} onClose={onClose} />}
    </Modal>
  );
}

interface FormProps extends Props {
  readonly type: BulkType;
  readonly onBusy: (busy: boolean) => void;
}

function BulkForm({ type, rows, onBusy, onDone, onClose }: FormProps) {
  // What was selected when the question was put: an event that changes meanwhile is refused by its revision.
  const [asked] = useState(rows);
  const [shift, setShift] = useState<ShiftInput>({ amount: 1, unit: "days", direction: "later" });
  const [start, setStart] = useState("");
  const [arrangement, setArrangement] = useState<Arrangement>("together");
  const [reason, setReason] = useState("");
  const run = useRun(onBusy, onDone);
  const reachable = useReachable();
  const action = actionOf(type, asked, { shift, start, arrangement, reason });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (action && reachable) void run.start(action, asked);
  };
  if (run.done !== null) return <Running done={run.done} total={asked.length} onStop={run.stop} />;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <AwayAlert>Events can be changed again when it is back.</AwayAlert>
        <p className={classes.names}>{namesOf(asked)}</p>
        {type === "shift" && (
          <ShiftFields value={shift} onChange={(change) => setShift((before) => ({ ...before, ...change }))} />
        )}
        {type === "reschedule" && (
          <StartFields
            start={start}
            arrangement={arrangement}
            several={asked.length > 1}
            onStart={setStart}
            onArrangement={setArrangement}
          />
        )}
        {type === "decline" && <ReasonField value={reason} onChange={setReason} />}
        {action && <Consequences action={action} rows={asked} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus={hasFields(type) ? undefined : true}>
            Keep as they are
          </Button>
          <Button type="submit" color={isLoss(type) ? "red.8" : "harbor"} disabled={!action || !reachable}>
            {LABELS[type]}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const hasFields = (type: BulkType): boolean => type === "shift" || type === "reschedule" || type === "decline";
const isLoss = (type: BulkType): boolean => type === "delete" || type === "cancel" || type === "decline";

function namesOf(rows: readonly EventRow[]): string {
  const named = rows.slice(0, NAMED).map(({ event }) => eventName(event));
  const more = rows.length - named.length;
  return more > 0 ? `${named.join(", ")} and ${more.toLocaleString()} more` : named.join(", ");
}

interface Entered {
  readonly shift: ShiftInput;
  readonly start: string;
  readonly arrangement: Arrangement;
  readonly reason: string;
}

/** The action that the form describes, or nothing while it is incomplete. */
function actionOf(
  type: BulkType,
  rows: readonly EventRow[],
  { shift, start, arrangement, reason }: Entered,
): BulkAction | undefined {
  if (type === "shift") {
    const amount = typeof shift.amount === "number" ? shift.amount : 0;
    const byMs = spanMs(shift.direction === "later" ? amount : -amount, shift.unit);
    return byMs === 0 ? undefined : { type, byMs };
  }
  if (type === "reschedule") {
    const target = fromLocalInput(start);
    return target === undefined ? undefined : { type, byMs: lengthsTo(rows, target, arrangement) };
  }
  if (type === "decline") return reasonProblem(reason) ? undefined : { type, reason: reason.trim() };
  return { type };
}

/** One run of an action: how many events are done — nothing before it starts —, and the way to stop it. */
function useRun(onBusy: (busy: boolean) => void, onDone: (run: BulkRun) => void) {
  const [done, setDone] = useState<number | null>(null);
  const stopped = useRef(new AbortController());
  useEffect(() => {
    const { current } = stopped;
    return () => current.abort();
  }, []);
  const start = async (action: BulkAction, rows: readonly EventRow[]) => {
    setDone(0);
    onBusy(true);
    try {
      onDone(await runBulk(action, rows, { onProgress: setDone, signal: stopped.current.signal }));
    } finally {
      onBusy(false);
    }
  };
  return { done, start, stop: () => stopped.current.abort() };
}

interface RunningProps {
  readonly done: number;
  readonly total: number;
  readonly onStop: () => void;
}

function Running({ done, total, onStop }: RunningProps) {
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {done.toLocaleString()} of {total.toLocaleString()} done
      </Text>
      <Progress value={(100 * done) / Math.max(total, 1)} aria-label="Progress" />
      <Group justify="flex-end">
        <Button variant="default" onClick={onStop}>
          Stop
        </Button>
      </Group>
    </Stack>
  );
}
