import type { ClientEventScheduler, SchedulerOptions, TriggerDelivery } from "../public.js";
import type { Check } from "./report.js";

/** What the installed package exports, as far as it is needed here. */
export interface InstalledPackage {
  readonly VERSION: string;
  createScheduler(options: SchedulerOptions): Promise<ClientEventScheduler>;
}

const NOON = Date.parse("2030-06-01T12:00:00Z");
const HOUR_MS = 3_600_000;
const ID = "doctor";

/** Takes one event through its life — added, moved, fired, removed — with the installed package and a clock of its own. */
export async function checkLifecycle(installed: InstalledPackage): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const check = (name: string, expected: unknown, found: unknown): void => {
    const [wanted, came] = [JSON.stringify(expected), JSON.stringify(found)];
    checks.push({ name, verdict: wanted === came ? "passed" : "failed", expected: wanted, found: came });
  };
  let now = NOON;
  const fired: string[] = [];
  let scheduler: ClientEventScheduler | undefined;
  try {
    scheduler = await installed.createScheduler({ clock: { now: () => now }, logger: false, name: "doctor" });
    scheduler.onTrigger(({ triggerId }: TriggerDelivery) => void fired.push(triggerId));
    scheduler.start();
    const { versions } = scheduler.health();
    check("versions", installed.VERSION, versions.package);
    checks.push({
      name: "core",
      verdict: "passed",
      expected: "",
      found: `${versions.core}, time zones ${versions.timeZones}`,
    });
    const event = (hour: number) => ({
      event_id: ID,
      start_datetime: NOON + hour * HOUR_MS,
      end_datetime: NOON + 9 * HOUR_MS,
    });
    check("add", "added", scheduler.addEvent(event(1)).outcome);
    check("update", "updated", scheduler.updateEvent(ID, event(2)).outcome);
    now = NOON + HOUR_MS;
    scheduler.tick();
    check("the moved trigger waits", [], fired);
    now = NOON + 2 * HOUR_MS;
    scheduler.tick();
    check("fire", [`${ID}/event_start@${new Date(now).toISOString()}`], fired);
    check("status", "event_started", scheduler.getEventStatus(ID)?.sub_status);
    check("remove", "removed", scheduler.removeEvent(ID).outcome);
    check("nothing is left", 0, scheduler.status().triggersQueued);
  } catch (thrown) {
    const found = thrown instanceof Error ? thrown.message : String(thrown);
    checks.push({ name: "the package runs", verdict: "failed", expected: "no error", found });
  } finally {
    scheduler?.dispose();
  }
  return checks;
}
