import { type ReactNode, useState } from "react";
import type { Decision } from "../../types/deliveries.js";
import type { Cause, TriggerKind } from "../../types/triggers.js";
import type { TabProps } from "./inspector.js";
import { useLive } from "./live.js";
import { eventName, kindWords, latenessText, sentenceCase, timeText } from "./words.js";

/** Decisions that are looked through; each delivery is at least two. */
const MOST_DECISIONS = 1000;
const MOST_SHOWN = 200;

/** One occurrence, put together from the decisions about it. */
interface DeliveryRow {
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: TriggerKind;
  readonly dueAt: number;
  /** When it was handed out first. */
  firedAt: number;
  cause: Cause;
  attempts: number;
  readonly outcome: string;
}

/** What was delivered lately, and what could not be. */
export function Deliveries({ scheduler, explain }: TabProps): ReactNode {
  const [said, setSaid] = useState("");
  const { rows, letters } = useLive(scheduler, [], (from) => ({
    rows: deliveryRows(from.history({ limit: MOST_DECISIONS })),
    letters: [...from.deadLetters()].reverse(),
  }));
  const retry = (triggerId: string): void => {
    const found = scheduler.retry(triggerId);
    setSaid(found ? `${triggerId} is delivered again.` : `There is no dead letter ${triggerId} any more.`);
  };
  const nameOf = (eventId: string): string => eventName(scheduler.getEvent(eventId), eventId);
  return (
    <>
      <p className={said === "" ? "gone" : "note"} role="status">
        {said}
      </p>
      {letters.length > 0 && (
        <>
          <h3>Dead letters ({letters.length})</h3>
          <ul aria-label="Dead letters">
            {letters.slice(0, MOST_SHOWN).map(({ triggerId, eventId, kind, attempts, reason, diedAt }) => (
              <li key={triggerId} className="row wrap">
                <div>
                  <b>{nameOf(eventId)}</b>
                  <i>
                    {kindWords(kind)} · given up {timeText(diedAt)} after {attemptsText(attempts)}
                  </i>
                  <i data-tone="bad">{reason}</i>
                </div>
                <button type="button" className="act" onClick={() => retry(triggerId)}>
                  Retry<span className="gone"> {triggerId}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Lately</h3>
      <ul aria-label="Deliveries">
        {rows.map((row) => (
          <li key={`${row.triggerId} ${row.firedAt}`}>
            <button type="button" className="row wrap" title={row.triggerId} onClick={() => explain(row.triggerId)}>
              <span>
                <b>{nameOf(row.eventId)}</b>
                <i>
                  {kindWords(row.kind)} · {timeText(row.firedAt)}
                  {row.attempts > 1 && ` · ${attemptsText(row.attempts)}`}
                </i>
              </span>
              <em>
                <i data-tone={toneOf(row)}>{row.outcome}</i>
                <i>
                  {sentenceCase(row.cause)} · {latenessText(row.firedAt - row.dueAt)}
                </i>
              </em>
            </button>
          </li>
        ))}
      </ul>
      <p className="note">
        {rows.length === 0 ? "Nothing was delivered yet." : `The last ${rows.length}; at most ${MOST_SHOWN} are shown.`}
      </p>
    </>
  );
}

/** Newest first, as the decisions are. */
function deliveryRows(decisions: readonly Decision[]): readonly DeliveryRow[] {
  const rows = new Map<string, DeliveryRow>();
  const outcomes = new Map<string, string>();
  for (const decision of decisions) {
    if (decision.type === "settled" || decision.type === "failed") {
      const outcome = decision.type === "failed" ? "Failed, will be retried" : sentenceCase(decision.fate);
      outcomes.set(decision.triggerId, outcomes.get(decision.triggerId) ?? outcome);
    } else if (decision.type === "handed_out") {
      const { triggerId, eventId, kind, dueAt, at, cause, attempt } = decision;
      const known = rows.get(triggerId);
      if (known !== undefined) {
        known.firedAt = at;
        known.cause = cause;
        known.attempts = Math.max(known.attempts, attempt);
      } else if (rows.size < MOST_SHOWN) {
        const outcome = outcomes.get(triggerId) ?? "In flight";
        rows.set(triggerId, { triggerId, eventId, kind, dueAt, firedAt: at, cause, attempts: attempt, outcome });
      }
    }
  }
  return [...rows.values()];
}

function attemptsText(attempts: number): string {
  return attempts === 1 ? "1 attempt" : `${attempts} attempts`;
}

function toneOf({ outcome }: DeliveryRow): string {
  if (outcome === "Delivered") {
    return "ok";
  }
  return outcome === "Dead letter" ? "bad" : "warn";
}
