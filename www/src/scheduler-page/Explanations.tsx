import type { Decision, ExplainedTrigger } from "client-event-scheduler/slim";
import type { HistoryEntry } from "../api/scheduler";
import { useExplanations } from "../scheduler/serverRecord";
import { happeningWords } from "../scheduler/vocabulary";
import { formatDuration } from "../time/duration";
import { formatClock, formatInstant } from "../time/format";
import classes from "./SchedulerPage.module.css";

/** Why a trigger, or an event, is as it is: what the server says and what this page says. */
export function Explanations({ id, eventId }: { readonly id: string; readonly eventId: string }) {
  const { server, page } = useExplanations(id, eventId);
  const ofTrigger = (entry: HistoryEntry) => !id.includes("@") || entry.trigger_id === id;
  return (
    <div className={classes.explanations}>
      <Side
        title="The server says"
        busy={server.isPending}
        problem={server.error}
        sentence={server.data?.sentence}
        lines={server.data?.history.filter(ofTrigger).map(recordedWords) ?? []}
      />
      <Side
        title="This page says"
        busy={page.isPending}
        problem={page.error}
        sentence={page.data && sentenceOf(page.data.sentence, page.data.triggers, id)}
        lines={page.data?.decisions.filter((decision) => isAbout(decision, id)).map(decisionWords) ?? []}
      />
    </div>
  );
}

/** What is said of the trigger itself, where it is one that was asked for. */
const sentenceOf = (sentence: string, triggers: readonly ExplainedTrigger[], id: string): string =>
  triggers.find(({ triggerId }) => triggerId === id)?.sentence ?? sentence;

interface SideProps {
  readonly title: string;
  readonly busy: boolean;
  readonly problem: Error | null;
  readonly sentence: string | undefined;
  readonly lines: readonly string[];
}

function Side({ title, busy, problem, sentence, lines }: SideProps) {
  return (
    <section aria-label={title} aria-busy={busy}>
      <h3>{title}</h3>
      <p>{problem ? problem.message : busy ? "Asking …" : sentence}</p>
      {lines.length > 0 && (
        <ul>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function recordedWords(entry: HistoryEntry): string {
  const at = formatInstant(Date.parse(entry.executed_at));
  const late = entry.lateness_ms > 0 ? `, ${formatDuration(entry.lateness_ms)} after its time` : "";
  return `${at}: ${happeningWords(entry.cause)}${late}`;
}

const isAbout = (decision: Decision, id: string): boolean =>
  !id.includes("@") || decision.type === "unqueued" || decision.triggerId === id;

const DECISION_WORDS: Record<Decision["type"], string> = {
  handed_out: "handed out",
  waits: "waits for its turn",
  failed: "failed",
  settled: "settled",
  fired_before: "had fired before",
  unqueued: "taken from the queue by an edit",
};

function decisionWords(decision: Decision): string {
  const detail =
    decision.type === "settled"
      ? ` (${decision.fate.replaceAll("_", " ")})`
      : decision.type === "failed"
        ? ` at attempt ${decision.attempt}: ${decision.reason}`
        : decision.type === "unqueued"
          ? ` (${decision.reason})`
          : "";
  return `${formatClock(decision.at)}: ${DECISION_WORDS[decision.type]}${detail}`;
}
