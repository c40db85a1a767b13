import type { ClientEventScheduler, SimulatedTrigger } from "client-event-scheduler/slim";
import type { ServerTrigger } from "../api/scheduler";
import { readStretch } from "./readStretch";

/** A trigger of a stretch of time: one that would fire, or one of the past and what became of it. */
export interface Foreseen {
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: string;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** `pending` for what is to come; otherwise what the server has on record. */
  readonly state: string;
  /** Where the event would stand before and after; nothing for the past. */
  readonly change: Pick<SimulatedTrigger, "before" | "after"> | undefined;
}

export interface Forecast {
  readonly triggers: readonly Foreseen[];
  readonly complete: boolean;
}

interface Range {
  readonly from: number;
  readonly until: number;
}

/** What lies in `(from, until]`: the future as the page's scheduler simulates it, the past as the server has it on record. */
export async function foresee(scheduler: ClientEventScheduler, range: Range, signal: AbortSignal): Promise<Forecast> {
  const now = scheduler.now();
  const parts: Forecast[] = [];
  if (range.from < now) parts.push(await recorded({ from: range.from, until: Math.min(range.until, now) }, signal));
  if (range.until > now) parts.push(await simulated(scheduler, { from: range.from, until: range.until }));
  return {
    triggers: parts.flatMap(({ triggers }) => triggers),
    complete: parts.every(({ complete }) => complete),
  };
}

async function recorded({ from, until }: Range, signal: AbortSignal): Promise<Forecast> {
  const iso = (at: number) => new Date(at).toISOString();
  const stretch = await readStretch({ settled: true, from: iso(from), until: iso(until) }, signal);
  return { complete: stretch.complete, triggers: stretch.triggers.filter(isOver).map(asForeseen) };
}

/** What is due and waits is simulated, and what an edit took away would not fire any more. */
const isOver = ({ state, present }: ServerTrigger): boolean => state !== "pending" && present;

const asForeseen = (trigger: ServerTrigger): Foreseen => ({
  triggerId: trigger.trigger_id,
  eventId: trigger.event_id,
  kind: trigger.kind,
  dueAt: Date.parse(trigger.due_at),
  state: trigger.state,
  change: undefined,
});

async function simulated(scheduler: ClientEventScheduler, { from, until }: Range): Promise<Forecast> {
  const { triggers, complete } = await scheduler.simulate({ until });
  return {
    complete,
    triggers: triggers
      .filter(({ dueAt }) => dueAt > from)
      .map(({ before, after, ...trigger }) => ({ ...trigger, state: "pending", change: { before, after } })),
  };
}
