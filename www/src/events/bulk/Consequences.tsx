import { eventName } from "../../scheduler/eventFields";
import type { EventRow } from "../../scheduler/eventIndex";
import { usePageScheduler } from "../../scheduler/hooks";
import { type Outlook, useOutlooks } from "../../scheduler/outlook";
import { formatInstant } from "../../time/format";
import { startOf } from "../listQuery";
import classes from "./Bulk.module.css";
import type { BulkAction } from "./bulkAction";
import { datesLeftBehind, movedInstant } from "./plan";

interface Props {
  readonly action: BulkAction;
  readonly rows: readonly EventRow[];
}

/** What the action will bring about, in sentences, before it is done. */
export function Consequences({ action, rows }: Props) {
  const scheduler = usePageScheduler();
  const queued = () => rows.reduce((sum, { event }) => sum + scheduler.queue({ eventId: event.event_id }).length, 0);
  const waiting = action.type === "approve" ? rows.filter(({ event }) => WAITS.has(event.status)) : [];
  const outlooks = useOutlooks(waiting) ?? [];
  const approval = () => approvalSentences(outlooks, rows.length - waiting.length);
  const sentences = sentencesOf(action, rows, { queued, approval, now: scheduler.now() });
  return (
    <div className={classes.consequence}>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

/** What approving changes; a cancelled event stays cancelled. */
const WAITS: ReadonlySet<string> = new Set(["pending_approval", "declined"]);

/** What the scheduler is asked for the sentences of some actions. */
interface Answers {
  readonly queued: () => number;
  readonly approval: () => readonly string[];
  readonly now: number;
}

function sentencesOf(
  action: BulkAction,
  rows: readonly EventRow[],
  { queued, approval, now }: Answers,
): readonly string[] {
  switch (action.type) {
    case "approve":
      return approval();
    case "decline":
      return [withdrawn(queued()), "They can be approved again later."];
    case "cancel":
      return [withdrawn(queued()), "Their states become “Cancelled”. Undo, or an edit, brings them back."];
    case "delete":
      return [
        withdrawn(queued()),
        "They go on the server and in every open page. Undo creates them again, as long as this page stays open.",
      ];
    case "shift":
      return moveSentences(rows, () => action.byMs, now);
    case "reschedule":
      return moveSentences(rows, (eventId) => action.byMs.get(eventId) ?? 0, now);
  }
}

const plural = (count: number, word: string): string => `${count.toLocaleString()} ${word}${count === 1 ? "" : "s"}`;

const withdrawn = (count: number): string =>
  count === 0 ? "None of them has a trigger in the queue." : `${plural(count, "queued trigger")} will not fire.`;

function approvalSentences(outlooks: readonly Outlook[], already: number): readonly string[] {
  const triggers = outlooks.flatMap((outlook) => outlook.triggers);
  const count = (when: (typeof triggers)[number]["when"]) => triggers.filter((trigger) => trigger.when === when).length;
  return [
    `${plural(count("coming"), "trigger")} will be queued.`,
    ...(count("at_once") > 0 ? [`${plural(count("at_once"), "trigger")} fire at once.`] : []),
    ...(count("past") > 0 ? [`${plural(count("past"), "trigger")} lie in the past and will not fire.`] : []),
    ...(already > 0 ? [`${plural(already, "event")} do not wait for a decision and stay as they are.`] : []),
  ];
}

function moveSentences(rows: readonly EventRow[], msOf: (eventId: string) => number, now: number): readonly string[] {
  const moving = rows.filter((row) => startOf(row) !== undefined && msOf(row.event.event_id) !== 0);
  const staying = rows.length - moving.length;
  const behind = datesLeftBehind(moving, msOf, now);
  return [
    ...moving.slice(0, 3).map((row) => moveSentence(row, msOf(row.event.event_id))),
    ...(moving.length > 3 ? [`${plural(moving.length - 3, "more event")} move likewise, with all their dates.`] : []),
    ...(behind > 0 ? [`${plural(behind, "date")} come to lie in the past.`] : []),
    ...(staying > 0 ? [`${plural(staying, "event")} stay as they are.`] : []),
  ];
}

function moveSentence(row: EventRow, ms: number): string {
  const [before, after] = [movedInstant(row, "start_datetime", 0), movedInstant(row, "start_datetime", ms)];
  if (before === undefined || after === undefined) return eventName(row.event);
  return `${eventName(row.event)}: starts ${formatInstant(after)} instead of ${formatInstant(before)}.`;
}
