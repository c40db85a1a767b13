import type { SchedulerHealth } from "client-event-scheduler/slim";
import type { Tone } from "../scheduler/vocabulary";
import type { ServerHealth } from "./serverHealth";

/** The one line that the header shows for page and server together. */
export interface Verdict {
  readonly tone: Tone;
  readonly words: string;
}

interface ServerState {
  readonly health: ServerHealth | undefined;
  readonly unreachable: boolean;
}

/** The worst of what is known, in words. Quarantined events are somebody's typing errors and make nothing ill. */
export function judge(page: SchedulerHealth, server: ServerState): Verdict {
  if (page.state === "failed") return { tone: "red", words: "Page scheduler failed" };
  if (!page.running) return { tone: "red", words: "Page scheduler stopped" };
  if (server.unreachable || page.sync.state === "retrying") return { tone: "red", words: "Server unreachable" };
  if (!server.health) return { tone: "gray", words: "Checking" };
  if (server.health.status === "degraded") return { tone: "amber", words: "Server degraded" };
  const trouble = page.issues.find(({ code, severity }) => severity !== "info" && code !== "EVENTS_QUARANTINED");
  return trouble ? { tone: "amber", words: "Page degraded" } : { tone: "green", words: "All running" };
}
