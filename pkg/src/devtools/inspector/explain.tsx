import { type FormEvent, type ReactNode, useEffect, useId, useState } from "react";
import type { Explanation } from "../../types/explanation.js";
import { Fields } from "./health.js";
import type { TabProps } from "./inspector.js";
import { useAnswer, useLive } from "./live.js";
import { kindWords, sentenceCase, timeText } from "./words.js";

const MOST_DECISIONS = 30;
/** What a decision says in other words already. */
const SAID = ["number", "at", "type", "eventId", "triggerId", "kind", "dueAt"];

/** Why an event or a trigger is as it is. */
export function Explain({ scheduler, explain, asked }: TabProps & { asked: string }): ReactNode {
  const [typed, setTyped] = useState(asked);
  const suggestions = useId();
  useEffect(() => setTyped(asked), [asked]);
  const known = useLive(scheduler, [], (from) => from.queue({ limit: 50 }));
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    explain(typed.trim());
  };
  return (
    <>
      <form className="bar" onSubmit={ask}>
        <input
          aria-label="Id of an event or a trigger"
          placeholder="Id of an event or a trigger"
          list={suggestions}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <datalist id={suggestions}>
          {[...new Set(known.map(({ eventId }) => eventId))].map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
        <button type="submit" className="act">
          Explain
        </button>
      </form>
      {asked === "" ? (
        <p className="note">Type an id, or choose something in the queue or among the deliveries.</p>
      ) : (
        <Answer key={asked} scheduler={scheduler} explain={explain} id={asked} />
      )}
    </>
  );
}

function Answer({ scheduler, explain, id }: TabProps & { id: string }): ReactNode {
  const answer = useAnswer<Explanation | string>(scheduler, [id], (from) =>
    from.explain(id).catch((thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown))),
  );
  if (answer === null) {
    return null;
  }
  if (typeof answer === "string") {
    return (
      <p className="say" role="status" data-tone="bad">
        {answer}
      </p>
    );
  }
  const { sentence, event, triggers, decisions } = answer;
  return (
    <>
      <p className="say" role="status">
        {sentence}
      </p>
      {event !== null && (
        <>
          <h3>Event</h3>
          <Fields fields={Object.entries(event)} depth={0} />
        </>
      )}
      {triggers.length > 0 && <h3>Triggers</h3>}
      <ul>
        {triggers.map(({ triggerId, kind, dueAt, state, sentence: why }) => (
          <li key={triggerId} className="row wrap">
            <div>
              <b>
                {kindWords(kind)} · {timeText(dueAt, "full")}
              </b>
              <i>{why}</i>
              {triggerId !== id && (
                <button type="button" className="link" onClick={() => explain(triggerId)}>
                  {triggerId}
                </button>
              )}
            </div>
            <em>{sentenceCase(state.type === "settled" ? state.fate : state.type)}</em>
          </li>
        ))}
      </ul>
      {decisions.length > 0 && <h3>Decisions, newest first</h3>}
      <dl>
        {decisions.slice(0, MOST_DECISIONS).map((decision) => (
          <Decided key={decision.number} at={decision.at} what={decision.type} rest={decision} />
        ))}
      </dl>
      <p className="note" />
    </>
  );
}

function Decided({ at, what, rest }: { at: number; what: string; rest: object }): ReactNode {
  const details = Object.entries(rest).filter(([name, value]) => !SAID.includes(name) && typeof value !== "object");
  return (
    <>
      <dt className="num">{timeText(at, "full")}</dt>
      <dd>
        {sentenceCase(what)}
        {details.map(([name, value]) => `, ${name} ${value}`)}
      </dd>
    </>
  );
}
