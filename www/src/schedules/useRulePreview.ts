import { InvalidInputError, type RecurrencePreview } from "client-event-scheduler/slim";
import { useEffect, useState } from "react";
import { usePageScheduler } from "../scheduler/hooks";

/** What is previewed: a rule, and the local time of a zone at which it begins. */
export interface PreviewedRule {
  /** As text; empty for once. */
  readonly rule: string;
  /** `2026-11-23T14:05`; empty while it is incomplete. */
  readonly start: string;
  readonly timeZone: string;
}

export interface RulePreview {
  readonly preview?: RecurrencePreview;
  /** What is wrong with the rule. */
  readonly problem?: string;
}

const SHOWN = 6;

/** Once is a rule too: the same arithmetic tells which instant a local time is. */
const ONCE = "FREQ=DAILY;COUNT=1";

/** What the server would make of a rule, by the core that the server goes by; undefined until the scheduler has answered. */
export function useRulePreview({ rule, start, timeZone }: PreviewedRule): RulePreview | undefined {
  const scheduler = usePageScheduler();
  const [answer, setAnswer] = useState<RulePreview & { readonly of: string }>();
  const of = `${rule}\n${start}\n${timeZone}`;
  useEffect(() => {
    if (start === "") return;
    let wanted = true;
    const tell = (told: RulePreview) => wanted && setAnswer({ ...told, of });
    const local = start.length === 16 ? `${start}:00` : start;
    scheduler
      .previewRecurrence(rule.trim() === "" ? ONCE : rule, { start: local, timeZone, limit: SHOWN })
      .then((preview) => tell({ preview }))
      .catch((error: unknown) => {
        if (!(error instanceof InvalidInputError)) throw error;
        tell({ problem: error.problems.map(({ message }) => message).join("; ") });
      });
    return () => {
      wanted = false;
    };
  }, [scheduler, rule, start, timeZone, of]);
  return answer?.of === of ? answer : undefined;
}
