import { formatInstant, viewerTimeZone } from "../time/format";
import classes from "./Schedules.module.css";
import { type PreviewedRule, useRulePreview } from "./useRulePreview";

/** The next occurrences of a rule while it is typed: what the server will store. */
export function RulePreview(rule: PreviewedRule) {
  const told = useRulePreview(rule);
  return (
    <section className={classes.preview} aria-label="Preview" aria-live="polite">
      <Told rule={rule} told={told} />
    </section>
  );
}

interface Props {
  readonly rule: PreviewedRule;
  readonly told: ReturnType<typeof useRulePreview>;
}

function Told({ rule, told }: Props) {
  if (rule.start === "")
    return <p className={classes.soft}>Once it has a time, its next occurrences are shown here.</p>;
  if (!told) return <p className={classes.soft}>…</p>;
  if (told.problem !== undefined) return <p>The rule {told.problem}.</p>;
  if (!told.preview) return null;
  const { description, occurrences, complete, stopped } = told.preview;
  const elsewhere = rule.timeZone !== viewerTimeZone;
  return (
    <>
      <p>
        <strong>{rule.rule.trim() === "" ? "once" : description}</strong>
      </p>
      <ul className={classes.list}>
        {occurrences.map((at) => (
          <li key={at} data-at={new Date(at).toISOString()}>
            <span>{formatInstant(at, rule.timeZone)}</span>
            {elsewhere && <span className={classes.soft}>{formatInstant(at)} your time</span>}
          </li>
        ))}
      </ul>
      <p className={classes.soft}>{afterwards(occurrences.length, complete, stopped)}</p>
    </>
  );
}

function afterwards(shown: number, complete: boolean, stopped: string | null): string {
  if (stopped !== null) return `The search was given up: ${stopped}.`;
  if (!complete) return "and so on";
  return shown === 0 ? "It has no occurrence to come." : "and no other.";
}
