import {
  type ColumnDef,
  columnVisibilityFeature,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useMemo } from "react";
import type { EventRow } from "../scheduler/eventIndex";
import { LIST_COLUMNS } from "./columns";
import { isDescendingFirst, SORT_KEYS, type Sort, type SortKey } from "./listQuery";
import type { Chosen } from "./selection";

const features = tableFeatures({ rowSortingFeature, columnVisibilityFeature, rowSelectionFeature });

/** The sort key is the column's id: what is sorted by is what is shown. */
const columns: readonly ColumnDef<typeof features, EventRow>[] = LIST_COLUMNS.map(({ id, label, sort }) => ({
  id,
  header: label,
  accessorFn: (row: EventRow) => row,
  enableSorting: sort !== undefined,
  sortDescFirst: sort !== undefined && isDescendingFirst(sort),
}));

const columnOf = (key: SortKey): string => LIST_COLUMNS.find(({ sort }) => sort === key)?.id ?? key;
const keyOf = (columnId: string): SortKey => LIST_COLUMNS.find(({ id }) => id === columnId)?.sort ?? SORT_KEYS[0];

interface Options {
  /** Filtered and in their order. */
  readonly rows: readonly EventRow[];
  readonly shown: readonly string[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly chosen: Chosen;
}

/** The list as a table: which columns stand there, what it is sorted by, and which rows are selected. */
export function useEventTable({ rows, shown, sort, onSort, chosen }: Options) {
  const sorting = useMemo(() => [{ id: columnOf(sort.by), desc: sort.descending }], [sort]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(LIST_COLUMNS.map(({ id }) => [id, shown.includes(id)])),
    [shown],
  );
  return useTable({
    features,
    columns: columns as ColumnDef<typeof features, EventRow>[],
    data: rows as EventRow[],
    getRowId: ({ event }) => event.event_id,
    // What has ten thousand rows is sorted once by prepared keys, not by comparing cells.
    manualSorting: true,
    enableSortingRemoval: false,
    enableMultiSort: false,
    state: { sorting, columnVisibility, rowSelection: chosen },
    onSortingChange: (updater) => {
      const [next] = typeof updater === "function" ? updater(sorting) : updater;
      if (next) onSort({ by: keyOf(next.id), descending: next.desc });
    },
  });
}
