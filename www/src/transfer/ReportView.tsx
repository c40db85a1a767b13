import { Button } from "@mantine/core";
import { IconAlertTriangle, IconDownload } from "@tabler/icons-react";
import { AdminTable } from "../admin/AdminPage";
import type { ImportReport } from "../api/transfer";
import { downloadText } from "../ui/download";
import { problemFile } from "./problemFile";
import classes from "./Transfer.module.css";
import type { Finding } from "./useImport";

const LISTED = 200;

/** What an import did or would do: how many events, and every row that was refused with the reason. */
export function ReportView({ finding: { report, refused } }: { readonly finding: Finding }) {
  return (
    <>
      <Counts report={report} />
      {report.state !== "finished" && (
        <p className={classes.broken} role="alert">
          <IconAlertTriangle size={16} stroke={1.8} aria-hidden />
          {report.error?.message ?? "The file was not read to its end."} What was written before that stays.
        </p>
      )}
      {refused.length > 0 && (
        <section className={classes.refused} aria-label="Refused rows">
          <header>
            <h3>
              {report.refused === 1 ? "1 row is refused" : `${report.refused.toLocaleString()} rows are refused`}
              {report.refused > LISTED && <span>, the first {LISTED} of them</span>}
            </h3>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconDownload size={14} stroke={1.8} aria-hidden />}
              onClick={() => downloadText("refused-rows.csv", "text/csv", problemFile(refused))}
            >
              Download the list
            </Button>
          </header>
          <AdminTable label="Refused rows" columns={["Row", "Line", "Event", "Field", "What is wrong"]}>
            {refused.slice(0, LISTED).flatMap(({ row, line, event_id, problems }) =>
              problems.map(({ field, message }) => (
                <tr key={`${row} ${field} ${message}`}>
                  <td data-label="Row">{row.toLocaleString()}</td>
                  <td data-label="Line">{line?.toLocaleString() ?? "–"}</td>
                  <td data-label="Event">{event_id ?? "–"}</td>
                  <td data-label="Field">{field ? <code>{field}</code> : "–"}</td>
                  <td data-label="What is wrong">{message}</td>
                </tr>
              )),
            )}
          </AdminTable>
        </section>
      )}
    </>
  );
}

function Counts({ report }: { readonly report: ImportReport }) {
  const would = report.dry_run;
  const counts = [
    { count: report.created, words: would ? "would be created" : "created" },
    { count: report.updated, words: would ? "would be changed" : "changed" },
    { count: report.unchanged, words: "just so already" },
    { count: report.refused, words: "refused", tone: report.refused > 0 ? "red" : undefined },
  ];
  return (
    <ul className={classes.counts} aria-label={would ? "What would happen" : "What happened"}>
      {counts.map(({ count, words, tone }) => (
        <li key={words} data-tone={tone}>
          <strong>{count.toLocaleString()}</strong> {words}
        </li>
      ))}
    </ul>
  );
}
