import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconHistoryOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type AuditEntry, readAudit } from "../api/admin";
import { FieldChanges } from "../audit/FieldChanges";
import { eventTimeZone } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { useMay } from "../session/hooks";
import { PageState } from "../ui/PageState";
import tones from "../ui/tones.module.css";
import { AdminPage, AdminTable } from "./AdminPage";
import classes from "./AdminPage.module.css";
import { When } from "./When";

const NO_FILTER = { actor: "", target: "", outcome: "", code: "" };
const TYPING_MS = 300;

/** `/audit` */
export function Component() {
  const [filter, setFilter] = useState(NO_FILTER);
  const [wanted] = useDebouncedValue(filter, TYPING_MS);
  const change = (field: keyof typeof NO_FILTER) => (event: { readonly currentTarget: { readonly value: string } }) => {
    const { value } = event.currentTarget;
    setFilter((before) => ({ ...before, [field]: value }));
  };
  return (
    <AdminPage title="Audit" detail="Who changed what, and who was refused, the latest first." needs="audit:read">
      <div className={classes.filters}>
        <TextInput label="By" placeholder="a name or an id" value={filter.actor} onChange={change("actor")} />
        <TextInput label="About" placeholder="the id of an event" value={filter.target} onChange={change("target")} />
        <NativeSelect
          label="Outcome"
          value={filter.outcome}
          onChange={change("outcome")}
          data={[
            { value: "", label: "Any" },
            { value: "done", label: "Done" },
            { value: "refused", label: "Refused" },
            { value: "failed", label: "Failed" },
          ]}
        />
        <TextInput label="Problem" placeholder="such as FORBIDDEN" value={filter.code} onChange={change("code")} />
      </div>
      <Entries filter={wanted} />
    </AdminPage>
  );
}

function Entries({ filter }: { readonly filter: typeof NO_FILTER }) {
  const may = useMay();
  const audit = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) => readAudit({ ...filter, before: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_before,
    enabled: may("audit:read"),
  });
  if (audit.isError) return <PageState title="The audit could not be loaded" detail={audit.error.message} />;
  if (!audit.data) return <PageState busy title="Loading the audit" />;
  const entries = audit.data.pages.flatMap((page) => page.entries);
  const unrecorded = audit.data.pages[0]?.unrecorded_refusals ?? 0;
  if (entries.length === 0) {
    return <PageState icon={<IconHistoryOff size={22} stroke={1.6} />} title="Nothing of that kind has happened" />;
  }
  return (
    <>
      {unrecorded > 0 && (
        <p className={classes.soft}>{unrecorded.toLocaleString()} more refusals were counted and not listed.</p>
      )}
      <AdminTable label="Audit" columns={["When", "Who", "What", "About", "Outcome", "From"]}>
        {entries.map((entry) => (
          <EntryRow key={entry.id} entry={entry} />
        ))}
      </AdminTable>
      {audit.hasNextPage && (
        <Button variant="default" mt="md" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          Show older entries
        </Button>
      )}
    </>
  );
}

const OUTCOME_TONES = { done: tones.green, refused: tones.red, failed: tones.amber } as const;

function EntryRow({ entry }: { readonly entry: AuditEntry }) {
  const event = useEventIndex().byId.get(entry.target_id ?? "")?.event;
  return (
    <tr>
      <td data-label="When" className={classes.nowrap}>
        <When at={entry.at} />
      </td>
      <td data-label="Who">{entry.actor.name ?? "somebody unknown"}</td>
      <td data-label="What">
        <code>
          {entry.method} {entry.route || "(no such address)"}
        </code>
        {entry.changes && <FieldChanges changes={entry.changes} timeZone={event && eventTimeZone(event)} />}
      </td>
      <td data-label="About">{entry.target_id ?? <span className={classes.soft}>–</span>}</td>
      <td data-label="Outcome">
        <span>
          <span className={`${classes.state} ${OUTCOME_TONES[entry.outcome]}`}>{entry.outcome}</span>{" "}
          {entry.problem_code && <code>{entry.problem_code}</code>}
          {entry.unrecorded > 0 && (
            <span className={classes.soft}> after {entry.unrecorded.toLocaleString()} that are not listed</span>
          )}
        </span>
      </td>
      <td data-label="From" className={classes.nowrap} title={entry.user_agent}>
        {entry.address}
      </td>
    </tr>
  );
}
