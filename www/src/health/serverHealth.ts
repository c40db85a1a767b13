import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Schemas } from "../api/description";
import { request } from "../api/http";
import { z } from "../api/zod";

/** How often a server that is well is asked. */
const REFRESH_MS = 30_000;

/** How often one is asked that is not, or does not answer: it may only be starting. */
const RECHECK_MS = 2_000;

/** What must not be missing of an answer; everything else is shown where it is there. */
const schedulerReport = z.looseObject({});
const healthAnswer = z.looseObject({ status: z.string() });

/** What is known of the server: a part of it may not have been told. */
export type ServerHealth = Pick<Schemas["Health"], "status"> &
  Partial<Omit<Schemas["Health"], "status" | "scheduler">> & {
    readonly scheduler?: Partial<Schemas["SchedulerHealth"]>;
  };

/** How the server is. Only its health is asked for here; the events themselves come by the feed. */
export const serverHealth = queryOptions({
  queryKey: ["server-health"],
  queryFn: async ({ signal }): Promise<ServerHealth> => {
    const [health, scheduler]: [ServerHealth, Partial<Schemas["SchedulerHealth"]>] = await Promise.all([
      request("get", "/health", {}, healthAnswer, { signal }),
      request("get", "/health/scheduler", {}, schedulerReport, { signal }),
    ]);
    return { ...health, scheduler: { ...health.scheduler, ...scheduler } };
  },
  retry: 1,
  networkMode: "always",
});

/** The same, asked for again and again. */
export const useServerHealth = () =>
  useQuery({
    ...serverHealth,
    refetchInterval: ({ state }) =>
      state.status === "success" && state.data?.status === "ok" ? REFRESH_MS : RECHECK_MS,
    refetchOnWindowFocus: "always",
  });
