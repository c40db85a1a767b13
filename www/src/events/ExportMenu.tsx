import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconCalendarDown, IconDownload, IconJson } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type ExportFormat, exportAddress, readExport } from "../api/transfer";
import { useReachable } from "../health/useReachable";
import { notifyFailed } from "../notify/notices";
import type { EventRow } from "../scheduler/eventIndex";
import { downloadFrom, downloadText } from "../ui/download";
import { reduceCalendar, reduceJson } from "./exporting";
import { countFilters, type ListQuery } from "./listQuery";

interface Props {
  readonly query: ListQuery;
  readonly shown: readonly EventRow[];
  readonly selected: readonly EventRow[];
}

const FORMATS = [
  { format: "json", label: "JSON", icon: IconJson },
  { format: "ics", label: "iCalendar", icon: IconCalendarDown },
] as const;

/** Every event, those that the list shows, or those that are selected, as a file that can be imported again. */
export function ExportMenu({ query, shown, selected }: Props) {
  const reachable = useReachable();
  const some = useExportSome();
  const filtered = query.search !== "" || query.status !== "all" || countFilters(query) > 0;
  const refuse = () => notifyFailed("Nothing was exported.", new Error("The server cannot be reached."));
  const exportAll = (format: ExportFormat) =>
    reachable ? downloadFrom(exportAddress(format), `events.${format}`) : refuse();
  const groups = [
    { label: "All events", onClick: exportAll, hidden: false },
    {
      label: `The ${shown.length.toLocaleString()} shown`,
      onClick: (format: ExportFormat) => some.mutate({ format, ids: idsOf(shown) }),
      hidden: !filtered || shown.length === 0,
    },
    {
      label: `The ${selected.length.toLocaleString()} selected`,
      onClick: (format: ExportFormat) => some.mutate({ format, ids: idsOf(selected) }),
      hidden: selected.length === 0,
    },
  ];
  return (
    <Menu position="bottom-end" width={220} returnFocus>
      <Menu.Target>
        <Tooltip label="Export">
          <ActionIcon variant="default" size={36} aria-label="Export" loading={some.isPending}>
            <IconDownload size={17} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {groups
          .filter(({ hidden }) => !hidden)
          .map(({ label, onClick }) => (
            <div key={label}>
              <Menu.Label>{label}</Menu.Label>
              {FORMATS.map(({ format, label: name, icon: Icon }) => (
                <Menu.Item
                  key={format}
                  aria-label={`${label} as ${name}`}
                  leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
                  onClick={() => onClick(format)}
                >
                  {name}
                </Menu.Item>
              ))}
            </div>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const idsOf = (rows: readonly EventRow[]) => rows.map(({ event }) => event.event_id);

interface Some {
  readonly format: ExportFormat;
  readonly ids: readonly string[];
}

/** Reduces the server's export to just these events: the list searches and filters in ways that the server does not. */
function useExportSome() {
  return useMutation({
    mutationFn: async ({ format, ids }: Some) => {
      const text = await readExport(format, new AbortController().signal);
      const wanted = new Set(ids);
      if (format === "json") downloadText("events.json", "application/json", reduceJson(text, wanted));
      else downloadText("events.ics", "text/calendar", reduceCalendar(text, wanted));
    },
    onError: (error) => notifyFailed("Nothing was exported.", error),
  });
}
