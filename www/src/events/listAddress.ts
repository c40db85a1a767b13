import { APPROVALS, type Approval } from "../scheduler/eventFields";
import { isDescendingFirst, type ListQuery, NO_FILTER, SORT_KEYS, STATUS_FILTERS } from "./listQuery";

export const DEFAULT_QUERY: ListQuery = {
  ...NO_FILTER,
  search: "",
  status: "all",
  sort: { by: "next", descending: false },
  columns: null,
};

/** The parameters of the address that are the list's; others of the page are left alone. */
const PARAMETERS = [
  "search",
  "status",
  "sub",
  "approval",
  "zone",
  "from",
  "until",
  "sort",
  "order",
  "columns",
] as const;

const oneOf = <T extends string>(values: readonly T[], value: string | null): T | undefined =>
  values.find((candidate) => candidate === value);

const listed = (value: string | null): readonly string[] => value?.split(",").filter(Boolean) ?? [];
const day = (value: string | null): string => (/^\d{4}-\d{2}-\d{2}$/.test(value ?? "") ? (value ?? "") : "");

/** Reads what an address asks for; whatever it has wrong counts as not said. */
export function readAddress(params: URLSearchParams): ListQuery {
  const by = oneOf(SORT_KEYS, params.get("sort")) ?? DEFAULT_QUERY.sort.by;
  const order = oneOf(["asc", "desc"], params.get("order"));
  return {
    search: params.get("search") ?? "",
    status: oneOf(STATUS_FILTERS, params.get("status")) ?? "all",
    subStatus: listed(params.get("sub")),
    approval: listed(params.get("approval")).filter((value): value is Approval =>
      APPROVALS.includes(value as Approval),
    ),
    zone: listed(params.get("zone")),
    from: day(params.get("from")),
    until: day(params.get("until")),
    sort: { by, descending: order ? order === "desc" : isDescendingFirst(by) },
    columns: params.has("columns") ? listed(params.get("columns")) : null,
  };
}

/** The address that asks for this list: what is as usual is left out. Parameters that are not the list's stay. */
export function writeAddress(query: ListQuery, before: URLSearchParams = new URLSearchParams()): URLSearchParams {
  const { sort } = query;
  const values: Record<(typeof PARAMETERS)[number], string> = {
    search: query.search,
    status: query.status === "all" ? "" : query.status,
    sub: query.subStatus.join(","),
    approval: query.approval.join(","),
    zone: query.zone.join(","),
    from: query.from,
    until: query.until,
    sort: sort.by === DEFAULT_QUERY.sort.by ? "" : sort.by,
    order: sort.descending === isDescendingFirst(sort.by) ? "" : sort.descending ? "desc" : "asc",
    columns: query.columns?.join(",") ?? "",
  };
  const params = new URLSearchParams(before);
  for (const name of PARAMETERS) {
    if (values[name] === "") params.delete(name);
    else params.set(name, values[name]);
  }
  return params;
}
