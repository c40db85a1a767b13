import { IconCloudOff } from "@tabler/icons-react";
import { useServerHealth } from "../health/serverHealth";
import { useTickingStatus } from "../health/useTickingStatus";
import { eventName } from "../scheduler/eventFields";
import { useEventIndex, usePageHealth } from "../scheduler/hooks";
import { PageState } from "../ui/PageState";
import { Panel } from "../ui/Panel";
import { Tag } from "../ui/Tag";
import { type Compared, compare } from "./comparison";
import { DeadLetters } from "./DeadLetters";
import { PageFacts } from "./PageFacts";
import { useWatchedScheduler } from "./queries";
import { RecoveryReport } from "./RecoveryReport";
import classes from "./SchedulerPage.module.css";

/** Page and server side by side, what was missed, and what the page's scheduler goes by. */
export function OverviewPanel() {
  // Not in parts: what the server says would push down what the page knows by itself, and so would every difference that there is
  // only until the page has read the events.
  const { sync } = usePageHealth();
  const reads = sync.state === "loading" && sync.cursor === null;
  if (useWatchedScheduler().isPending || reads) return <PageState busy title="Asking the server" />;
  return (
    <div className={classes.stack}>
      <ComparisonTable />
      <RecoveryReport />
      <DeadLetters />
      <PageFacts />
    </div>
  );
}

function ComparisonTable() {
  const status = useTickingStatus();
  const health = usePageHealth();
  const server = useWatchedScheduler();
  const about = useServerHealth().data;
  const { byId } = useEventIndex();
  const rows = compare({
    status,
    health,
    server: server.isError ? undefined : server.data,
    nameOf: (eventId) => {
      const event = byId.get(eventId)?.event;
      return event ? eventName(event) : eventId;
    },
    serverVersion: about?.version,
    serverZones: about?.time_zones,
  });
  const different = rows.filter(({ verdict }) => verdict === "differs").length;
  return (
    <Panel
      title="This page and the server"
      aside={<Verdict unreachable={server.isError} loading={server.isPending} different={different} />}
    >
      {server.isError && (
        <PageState
          compact
          icon={<IconCloudOff size={20} stroke={1.6} />}
          title="The server does not say how its scheduler is"
          detail={`${server.error.message} What this page knows is shown; it asks again by itself.`}
        />
      )}
      <table className={classes.comparison} aria-label="This page and the server">
        <thead>
          <tr>
            <td />
            <th scope="col">This page</th>
            <th scope="col">Server</th>
            <th scope="col">Alike</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ComparedRow key={row.label} row={row} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

interface VerdictProps {
  readonly unreachable: boolean;
  readonly loading: boolean;
  readonly different: number;
}

function Verdict({ unreachable, loading, different }: VerdictProps) {
  if (unreachable || loading) return null;
  return (
    <Tag tone={different === 0 ? "green" : "amber"}>
      {different === 0 ? "alike" : different === 1 ? "1 difference" : `${different} differences`}
    </Tag>
  );
}

function ComparedRow({ row: { label, here, there, verdict, meaning } }: { readonly row: Compared }) {
  return (
    <tr data-verdict={verdict ?? undefined}>
      <th scope="row">
        {label}
        {verdict === "differs" && <span className={classes.meaning}>{meaning}</span>}
      </th>
      <td data-label="This page">{here}</td>
      <td data-label="Server">{there}</td>
      <td className={classes.verdict}>
        {verdict === "differs" ? (
          <Tag tone="amber">differs</Tag>
        ) : (
          <span className={classes.soft}>{verdict ?? "own"}</span>
        )}
      </td>
    </tr>
  );
}
