import { IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { QuarantineList } from "../health/QuarantineList";
import { type Ailment, pageAilments, serverAilments } from "../health/remedies";
import { useServerHealth } from "../health/serverHealth";
import { useTickingStatus } from "../health/useTickingStatus";
import { usePageHealth } from "../scheduler/hooks";
import { useServerScheduler } from "../scheduler/serverRecord";
import { syncWords, type Tone } from "../scheduler/vocabulary";
import { formatClock } from "../time/format";
import { Panel } from "../ui/Panel";
import { Tag } from "../ui/Tag";
import classes from "./Dashboard.module.css";

const NOTHING = "–";
const clock = (at: string | number | null | undefined) => (at == null ? NOTHING : formatClock(new Date(at).getTime()));
const count = (value: number | undefined) => value?.toLocaleString() ?? NOTHING;

/** Page and server side by side, and under each what to do about what ails it. */
export function Health() {
  const { quarantined } = usePageHealth();
  return (
    <Panel title="Health" className={classes.health}>
      <div id="health" className={classes.sides}>
        <PageSide />
        <ServerSide />
      </div>
      <QuarantineList quarantined={quarantined} />
    </Panel>
  );
}

function PageSide() {
  const health = usePageHealth();
  const status = useTickingStatus();
  return (
    <Side
      name="This page"
      ailments={pageAilments(health)}
      facts={[
        ["Last tick", clock(status.watermark)],
        ["Events", count(status.eventsTracked)],
        ["Triggers queued", count(status.triggersQueued)],
        ["In step", syncWords(health.sync.state)],
        ["Version", health.versions.package],
      ]}
    />
  );
}

function ServerSide() {
  const server = useServerHealth();
  const status = useServerScheduler();
  const error = server.error ?? status.error;
  const known = error ? undefined : server.data;
  return (
    <Side
      name="Server"
      checking={!error && !known}
      ailments={serverAilments({ health: known, status: status.data, error })}
      facts={[
        ["Last tick", clock(error ? undefined : (status.data?.last_tick_at ?? known?.scheduler?.last_tick_at))],
        ["Events", count(known?.scheduler?.events_tracked)],
        ["Triggers queued", count(known?.scheduler?.triggers_queued)],
        ["Acts", error || !status.data ? NOTHING : status.data.node.acting ? "this node" : status.data.node.holder],
        ["Version", known?.version ?? NOTHING],
      ]}
    />
  );
}

interface SideProps {
  readonly name: string;
  readonly checking?: boolean;
  readonly ailments: readonly Ailment[];
  readonly facts: readonly (readonly [label: string, value: ReactNode])[];
}

function Side({ name, checking = false, ailments, facts }: SideProps) {
  const { tone, words } = checking ? { tone: "gray" as const, words: "checking" } : verdict(ailments);
  return (
    <section className={classes.side} aria-label={name}>
      <h3>
        {name} <Tag tone={tone}>{words}</Tag>
      </h3>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {ailments.length === 0 ? (
        !checking && (
          <p className={classes.well}>
            <IconCircleCheck size={16} stroke={1.7} aria-hidden /> Nothing needs doing.
          </p>
        )
      ) : (
        <ul className={classes.ailments}>
          {ailments.map((ailment) => (
            <li key={ailment.key} data-tone={ailment.tone}>
              <strong>{ailment.what}</strong> {ailment.remedy}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function verdict(ailments: readonly Ailment[]): { readonly tone: Tone; readonly words: string } {
  if (ailments.some(({ tone }) => tone === "red")) return { tone: "red", words: "in trouble" };
  if (ailments.some(({ tone }) => tone === "amber")) return { tone: "amber", words: "needs a look" };
  return { tone: "green", words: "well" };
}
