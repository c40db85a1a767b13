import { type CalendarDate, getLocalTimeZone, today } from "@internationalized/date";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { readDate } from "./weeks";

/** The chosen day, in whose month the calendar stands, and what to look for; kept in the page's address. */
export interface CalendarQuery {
  readonly day: CalendarDate;
  readonly search: string;
}

export const viewersToday = (): CalendarDate => today(getLocalTimeZone());

export function useCalendarQuery(): [CalendarQuery, (change: Partial<CalendarQuery>) => void] {
  const [params, setParams] = useSearchParams();
  const query = useMemo(
    () => ({ day: readDate(params.get("day")) ?? viewersToday(), search: params.get("search") ?? "" }),
    [params],
  );
  const change = useCallback(
    ({ day, search }: Partial<CalendarQuery>) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (day) next.set("day", day.toString());
          if (search !== undefined) {
            if (search) next.set("search", search);
            else next.delete("search");
          }
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setParams],
  );
  return [query, change];
}
