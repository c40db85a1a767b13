import type { ReactNode } from "react";
import type { TabProps } from "./inspector.js";
import { useLive } from "./live.js";
import { sentenceCase, timeText } from "./words.js";

/** What is shown in another form. */
const SHOWN_ABOVE: readonly string[] = ["state", "issues"];
const MOST_ITEMS = 50;
const DEEPEST = 3;
/** Numbers beyond this are instants: 2001 in epoch milliseconds. */
const FIRST_INSTANT_MS = 1e12;

/** How the scheduler is: the sentences first, then every section that `health()` has, whatever these are. */
export function Health({ scheduler }: TabProps): ReactNode {
  const health = useLive(scheduler, [], (from) => from.health());
  const { state, issues } = health;
  const entries = Object.entries(health).filter(([name]) => !SHOWN_ABOVE.includes(name));
  const sections = entries.filter(([, value]) => isCompound(value));
  const simple = entries.filter(([, value]) => !isCompound(value));
  return (
    <>
      <p className="say" role="status">
        State: <strong data-tone={{ ok: "ok", degraded: "warn", failed: "bad" }[state]}>{state}</strong>
        {issues.length === 0 && ", nothing needs attention."}
      </p>
      {issues.map(({ code, severity, message }) => (
        <div key={code} className="issue" data-is={severity}>
          <strong>
            {sentenceCase(severity)} · {code}
          </strong>
          <p>{message}</p>
        </div>
      ))}
      <h3>Scheduler</h3>
      <Fields fields={simple} depth={0} />
      {sections.map(([name, value]) => (
        <section key={name}>
          <h3>{sentenceCase(name)}</h3>
          {isEmpty(value) ? (
            <p className="note">none</p>
          ) : (
            <Fields fields={Object.entries(value as object)} depth={0} />
          )}
        </section>
      ))}
      <p className="note" />
    </>
  );
}

/** Names and values of whatever object there is. */
export function Fields({ fields, depth }: { fields: readonly [string, unknown][]; depth: number }): ReactNode {
  return (
    <dl>
      {fields.slice(0, MOST_ITEMS).map(([name, value]) => (
        <Field key={name} name={name} value={value} depth={depth} />
      ))}
      {fields.length > MOST_ITEMS && <Field name="…" value={`${fields.length - MOST_ITEMS} more`} depth={depth} />}
    </dl>
  );
}

function Field({ name, value, depth }: { name: string; value: unknown; depth: number }): ReactNode {
  const nested = isCompound(value) && !isEmpty(value) && depth < DEEPEST;
  return (
    <>
      <dt>{/^\d+$/.test(name) ? Number(name) + 1 : sentenceCase(name)}</dt>
      <dd>{nested ? <Fields fields={Object.entries(value as object)} depth={depth + 1} /> : plain(value)}</dd>
    </>
  );
}

function plain(value: unknown): string {
  if (value === null || value === undefined || (isCompound(value) && isEmpty(value))) {
    return "none";
  }
  if (typeof value === "boolean") {
    return value ? "yes" : "no";
  }
  if (typeof value === "number" && value > FIRST_INSTANT_MS) {
    return timeText(value, "full");
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isCompound(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isEmpty(value: unknown): boolean {
  return Object.keys(value as object).length === 0;
}
