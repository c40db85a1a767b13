import { useQuery } from "@tanstack/react-query";
import { z } from "zod";
import { requestJson } from "../api/http";

const REFRESH_MS = 30_000;

const schedulerReport = z.looseObject({
  running: z.boolean().optional(),
  triggers_queued: z.number().optional(),
  events_tracked: z.number().optional(),
  fired: z.number().optional(),
  last_tick_at: z.string().nullish(),
  restarts: z.number().optional(),
  last_error: z.looseObject({ message: z.string(), at: z.string() }).nullish(),
  quarantined: z
    .array(
      z.looseObject({
        event_id: z.string().nullish(),
        problems: z.array(z.looseObject({ field: z.string(), message: z.string() })),
      }),
    )
    .optional(),
});

const healthAnswer = z.looseObject({
  status: z.enum(["ok", "degraded"]),
  version: z.string().optional(),
  time_zones: z.string().optional(),
  demo: z.looseObject({ shifted_weeks: z.number() }).nullish(),
  scheduler: schedulerReport.optional(),
});

export type ServerHealth = z.infer<typeof healthAnswer>;

/** How the server is. Only its health is asked for here; the events themselves come by the feed. */
export function useServerHealth() {
  return useQuery({
    queryKey: ["server-health"],
    queryFn: async ({ signal }): Promise<ServerHealth> => {
      const [health, scheduler] = await Promise.all([
        requestJson("/health", healthAnswer, { signal }),
        requestJson("/health/scheduler", schedulerReport, { signal }),
      ]);
      return { ...health, scheduler: { ...health.scheduler, ...scheduler } };
    },
    refetchInterval: REFRESH_MS,
    refetchOnWindowFocus: "always",
    retry: 1,
    networkMode: "always",
  });
}
