import { NativeSelect } from "@mantine/core";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";
import { KINDS, kindWords } from "../scheduler/vocabulary";
import { EventPicker } from "../ui/EventPicker";
import classes from "./SchedulerPage.module.css";

/** Which event and which kind; the address keeps both, so that what is shown can be linked to. */
export function TriggerFilters({ children }: { readonly children?: ReactNode }) {
  const [params, change] = useFilterParams();
  return (
    <div className={classes.filters}>
      <EventPicker label="Event" value={params.get("event") ?? ""} onChange={(event) => change({ event })} />
      <NativeSelect
        label="Kind"
        value={params.get("kind") ?? ""}
        data={[{ value: "", label: "Any" }, ...KINDS.map((kind) => ({ value: kind, label: kindWords(kind) }))]}
        onChange={(event) => change({ kind: event.currentTarget.value })}
      />
      {children}
    </div>
  );
}

/** The parameters of the address, and a way to change some of them; an empty one is taken out. */
export function useFilterParams(): [URLSearchParams, (change: Readonly<Record<string, string>>) => void] {
  const [params, setParams] = useSearchParams();
  const change = (changed: Readonly<Record<string, string>>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changed)) {
          if (value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return [params, change];
}
