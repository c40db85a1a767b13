import { type ReactNode, useState } from "react";
import type { EventRow } from "../../scheduler/eventIndex";
import { BulkDialog } from "./BulkDialog";
import type { BulkType } from "./bulkAction";
import { RunReport } from "./RunReport";
import type { BulkRun } from "./runBulk";

interface Bulk {
  readonly ask: (type: BulkType) => void;
  /** The dialog, and the report of the last run. */
  readonly parts: ReactNode;
}

/** Asks, does and reports what is done to the selected events; `onChanged` is told when it was done. */
export function useBulk(rows: readonly EventRow[], onChanged: () => void): Bulk {
  const [asked, setAsked] = useState<BulkType | null>(null);
  const [run, setRun] = useState<BulkRun | null>(null);
  const done = (finished: BulkRun) => {
    setAsked(null);
    setRun(finished);
    onChanged();
  };
  return {
    ask: setAsked,
    parts: (
      <>
        {run && <RunReport key={run.outcomes[0]?.eventId} run={run} onClose={() => setRun(null)} />}
        {asked && <BulkDialog type={asked} rows={rows} onDone={done} onClose={() => setAsked(null)} />}
      </>
    ),
  };
}
