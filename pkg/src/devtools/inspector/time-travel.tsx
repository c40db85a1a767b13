import { type ReactNode, useDeferredValue, useId, useState } from "react";
import type { Simulation } from "../../types/deliveries.js";
import type { TabProps } from "./inspector.js";
import { useAnswer } from "./live.js";
import { MOST_ROWS } from "./queue.js";
import { eventName, kindWords, sentenceCase, timeText } from "./words.js";

const HOUR_MS = 3_600_000;
const STEPS: readonly (readonly [string, number])[] = [
  ["1 hour", 1],
  ["6 hours", 6],
  ["1 day", 24],
  ["3 days", 72],
  ["1 week", 168],
  ["2 weeks", 336],
  ["1 month", 730],
  ["3 months", 2190],
  ["1 year", 8760],
];
const FIRST_STEP = 2;

/** What would fire until an instant, if nothing changed. */
export function TimeTravel({ scheduler, explain }: TabProps): ReactNode {
  const ids = useId();
  const [step, setStep] = useState(FIRST_STEP);
  const [until, setUntil] = useState(() => scheduler.now() + hours(FIRST_STEP));
  const goal = useDeferredValue(until);
  const simulation = useAnswer(scheduler, [goal], (from) => from.simulate({ until: goal }));
  const slide = (to: number): void => {
    setStep(to);
    setUntil(scheduler.now() + hours(to));
  };
  const choose = (local: string): void => {
    const instant = new Date(local).getTime();
    if (Number.isFinite(instant)) {
      setUntil(instant);
    }
  };
  return (
    <>
      <div className="bar">
        <input
          type="range"
          aria-label="How far ahead"
          aria-valuetext={STEPS[step]?.[0]}
          min={0}
          max={STEPS.length - 1}
          value={step}
          onChange={(event) => slide(Number(event.target.value))}
        />
        <label htmlFor={ids}>What will fire until</label>
        <input
          id={ids}
          type="datetime-local"
          value={localTime(until)}
          onChange={(event) => choose(event.target.value)}
        />
      </div>
      {simulation !== null && <Coming simulation={simulation} until={goal} scheduler={scheduler} explain={explain} />}
    </>
  );
}

function Coming({
  simulation: { triggers, complete },
  until,
  scheduler,
  explain,
}: TabProps & { simulation: Simulation; until: number }): ReactNode {
  const count = `${triggers.length.toLocaleString()}${complete ? "" : " or more"}`;
  return (
    <>
      <p className="note" role="status">
        {count} {triggers.length === 1 ? "trigger" : "triggers"} until {timeText(until, "full")}
        {triggers.length > MOST_ROWS && `; the first ${MOST_ROWS} are shown`}.
      </p>
      <ul aria-label="What will fire">
        {triggers.slice(0, MOST_ROWS).map(({ triggerId, eventId, kind, dueAt, after }) => (
          <li key={triggerId}>
            <button type="button" className="row" title={triggerId} onClick={() => explain(triggerId)}>
              <span>
                <b>{eventName(scheduler.getEvent(eventId), eventId)}</b>
                <i>
                  {kindWords(kind)} → {sentenceCase(after.sub_status)}
                </i>
              </span>
              <em className="num">{timeText(dueAt)}</em>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function hours(step: number): number {
  return (STEPS[step]?.[1] ?? 0) * HOUR_MS;
}

/** An instant as a field for local times has it, in the viewer's zone. */
function localTime(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return Number.isFinite(local.getTime()) ? local.toISOString().slice(0, 16) : "";
}
