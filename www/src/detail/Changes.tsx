import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { type AuditEntry, readAudit } from "../api/admin";
import { FieldChanges } from "../audit/FieldChanges";
import { eventTimeZone } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { Instant } from "../time/Instant";
import { Panel, PanelNote } from "../ui/Panel";
import { Tag } from "../ui/Tag";
import classes from "./Detail.module.css";

const SHOWN = "20";

/** Who changed the event, or tried to. */
export function Changes({ eventId }: { readonly eventId: string }) {
  const event = useEventIndex().byId.get(eventId)?.event;
  const revision = event?.revision;
  const timeZone = event && eventTimeZone(event);
  const audit = useQuery({
    queryKey: ["audit-of", eventId, revision],
    queryFn: ({ signal }) => readAudit({ target: eventId, limit: SHOWN }, signal),
    placeholderData: (before) => before,
    retry: 1,
    networkMode: "always",
    gcTime: 0,
  });
  return (
    <Panel title="Changes" aside={<Link to="/audit">The whole audit</Link>} flush>
      {audit.isError ? (
        <PanelNote>The audit cannot be read: {audit.error.message}</PanelNote>
      ) : !audit.data ? (
        <PanelNote>Reading the audit …</PanelNote>
      ) : audit.data.entries.length === 0 ? (
        <PanelNote>Nobody has changed it since the audit begins.</PanelNote>
      ) : (
        <ol className={classes.history} data-testid="changes">
          {audit.data.entries.map((entry) => (
            <li key={entry.id}>
              <span className={classes.words}>
                <span className={classes.kind}>
                  {actionWords(entry)} by {entry.actor.name ?? "somebody unknown"}
                </span>
                <Instant className={classes.soft} at={Date.parse(entry.at)} />
                {entry.changes && <FieldChanges changes={entry.changes} timeZone={timeZone} />}
              </span>
              {entry.outcome !== "done" && (
                <Tag tone={entry.outcome === "refused" ? "red" : "amber"}>
                  {entry.outcome}
                  {entry.problem_code && `: ${entry.problem_code}`}
                </Tag>
              )}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

const ACTIONS: readonly (readonly [route: RegExp, words: string])[] = [
  [/\/create$/, "Created"],
  [/\/update\//, "Changed"],
  [/\/delete\//, "Deleted"],
  [/\/approve\//, "Approved"],
  [/\/decline\//, "Declined"],
  [/\/import$/, "Imported"],
  [/\/batch$/, "Changed with others"],
  [/\/sync\/accounts\//, "Synced"],
];

/** What was done, as far as its address tells. */
export const actionWords = ({ method, route }: Pick<AuditEntry, "method" | "route">): string =>
  ACTIONS.find(([pattern]) => pattern.test(route))?.[1] ?? `${method} ${route}`;
