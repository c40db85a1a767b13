import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { readAddress, writeAddress } from "./listAddress";
import type { ListQuery } from "./listQuery";

/** The list's search, filters, order and columns, read from and written to the address, so that a view can be linked to. */
export function useListQuery(): [ListQuery, (change: Partial<ListQuery>) => void] {
  const [params, setParams] = useSearchParams();
  const query = useMemo(() => readAddress(params), [params]);
  const change = useCallback(
    (changed: Partial<ListQuery>) =>
      setParams((before) => writeAddress({ ...readAddress(before), ...changed }, before), {
        replace: true,
        preventScrollReset: true,
      }),
    [setParams],
  );
  return [query, change];
}
