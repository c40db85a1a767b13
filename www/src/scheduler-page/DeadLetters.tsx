import { Button } from "@mantine/core";
import type { DeadLetter } from "client-event-scheduler/slim";
import { AdminTable } from "../admin/AdminPage";
import { useTickingStatus } from "../health/useTickingStatus";
import { notifyDone, notifyFailed } from "../notify/notices";
import { usePageScheduler } from "../scheduler/hooks";
import { kindWords } from "../scheduler/vocabulary";
import { Instant } from "../time/Instant";
import { EventLink } from "../ui/EventLink";
import { Panel } from "../ui/Panel";
import classes from "./SchedulerPage.module.css";

/** The page's deliveries that were given up, each with another try; nothing is shown where there are none. */
export function DeadLetters() {
  const scheduler = usePageScheduler();
  const { deadLetters: count, deliveriesWaiting, deliveriesInFlight } = useTickingStatus();
  const retry = ({ triggerId, kind }: DeadLetter) => {
    try {
      if (scheduler.retry(triggerId)) notifyDone(`“${kindWords(kind)}” is delivered again.`);
      else notifyFailed("There is nothing to retry.", new Error("It was delivered, or withdrawn, in the meantime."));
    } catch (error) {
      notifyFailed("It was not tried again.", error as Error);
    }
  };
  return (
    <Panel title="Deliveries of this page">
      <p className={classes.sentence}>
        {deliveriesWaiting.toLocaleString()} waiting, {deliveriesInFlight.toLocaleString()} being delivered,{" "}
        {count === 0 ? "none given up." : `${count.toLocaleString()} given up.`}
      </p>
      {count > 0 && (
        <AdminTable label="Dead letters" columns={["Event", "Trigger", "Due", "Attempts", "Last failure", "Actions"]}>
          {scheduler.deadLetters().map((letter) => (
            <tr key={letter.triggerId}>
              <td data-label="Event">
                <EventLink eventId={letter.eventId} />
              </td>
              <td data-label="Trigger">{kindWords(letter.kind)}</td>
              <td data-label="Due">
                <Instant at={letter.scheduledAt} />
              </td>
              <td data-label="Attempts">{letter.attempts}</td>
              <td data-label="Last failure">{letter.reason}</td>
              <td data-label="Actions">
                <Button size="compact-sm" variant="default" onClick={() => retry(letter)}>
                  Try again
                </Button>
              </td>
            </tr>
          ))}
        </AdminTable>
      )}
    </Panel>
  );
}
