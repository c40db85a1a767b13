import { useQuery } from "@tanstack/react-query";
import { AdminTable } from "../admin/AdminPage";
import { When } from "../admin/When";
import { type ImportReport, listImports } from "../api/transfer";
import type { Tone } from "../scheduler/vocabulary";
import { Tag } from "../ui/Tag";
import classes from "./Transfer.module.css";
import { IMPORTS_KEY } from "./useImport";

const STATES: Record<ImportReport["state"], { readonly words: string; readonly tone: Tone }> = {
  running: { words: "running", tone: "blue" },
  finished: { words: "finished", tone: "green" },
  interrupted: { words: "interrupted", tone: "amber" },
  broken_off: { words: "broken off", tone: "red" },
};

const REFRESH_MS = 5_000;

/** What was imported lately, and what is being imported; nothing where nothing was. */
export function LatestImports() {
  const imports = useQuery({
    queryKey: IMPORTS_KEY,
    queryFn: ({ signal }) => listImports(signal),
    networkMode: "always",
    retry: 1,
    refetchInterval: ({ state }) => (state.data?.some((report) => report.state === "running") ? REFRESH_MS : false),
  });
  const real = imports.data?.filter((report) => !report.dry_run) ?? [];
  if (imports.isError)
    return <p className={classes.note}>The latest imports could not be read: {imports.error.message}</p>;
  if (real.length === 0) return null;
  return (
    <section className={classes.latest} aria-label="Latest imports">
      <h2>Latest imports</h2>
      <AdminTable label="Latest imports" columns={["Begun", "State", "Created", "Changed", "As before", "Refused"]}>
        {real.map((report) => (
          <tr key={report.import_id}>
            <td data-label="Begun">
              <When at={report.started_at} />
            </td>
            <td data-label="State">
              <span>
                <Tag tone={STATES[report.state].tone}>{STATES[report.state].words}</Tag>
              </span>
            </td>
            <td data-label="Created">{report.created.toLocaleString()}</td>
            <td data-label="Changed">{report.updated.toLocaleString()}</td>
            <td data-label="As before">{report.unchanged.toLocaleString()}</td>
            <td data-label="Refused">{report.refused.toLocaleString()}</td>
          </tr>
        ))}
      </AdminTable>
    </section>
  );
}
