import { Tabs } from "@mantine/core";
import { useSearchParams } from "react-router";
import { useMay } from "../session/hooks";
import { Page } from "../ui/Page";
import { ForecastPanel } from "./ForecastPanel";
import { HistoryPanel } from "./HistoryPanel";
import { OverviewPanel } from "./OverviewPanel";
import { OrderButtons } from "./orders/OrderButtons";
import { PauseBanner } from "./PauseBanner";
import { QueuePanel } from "./QueuePanel";

const PANELS = [
  { value: "overview", label: "Overview", Panel: OverviewPanel },
  { value: "queue", label: "Queue", Panel: QueuePanel },
  { value: "history", label: "History", Panel: HistoryPanel },
  { value: "forecast", label: "What if", Panel: ForecastPanel },
] as const;

/** `/scheduler` */
export function Component() {
  const [params, setParams] = useSearchParams();
  const may = useMay();
  const shown = PANELS.find(({ value }) => value === params.get("tab"))?.value ?? "overview";
  const show = (tab: string | null) =>
    setParams(tab === null || tab === "overview" ? {} : { tab }, { replace: true, preventScrollReset: true });
  return (
    <Page
      title="Scheduler"
      detail="What will fire, what fired and why: this page's own scheduler beside the server's."
      actions={may("scheduler:write") && <OrderButtons />}
    >
      <PauseBanner />
      <Tabs value={shown} onChange={show} keepMounted={false}>
        <Tabs.List mb="md">
          {PANELS.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {PANELS.map(({ value, Panel }) => (
          <Tabs.Panel key={value} value={value}>
            <Panel />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
