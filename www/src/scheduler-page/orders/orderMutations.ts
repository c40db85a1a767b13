import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  type BackfillRange,
  backfill,
  type OrderAnswer,
  pauseScheduler,
  resumeScheduler,
  setMaxDowntimeHours,
} from "../../api/scheduler";
import { notifyDone } from "../../notify/notices";
import { SCHEDULER_KEY } from "../../scheduler/serverRecord";

/** An order, and what to say when it was carried out. A refusal is for the dialog to show. */
function useOrder<Order>(give: (order: Order) => Promise<OrderAnswer>, words: (answer: OrderAnswer) => string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: give,
    onSuccess: (answer) => {
      notifyDone(answer.done ? words(answer) : "The order is kept, and is carried out as soon as a node acts.");
      return queries.invalidateQueries({ queryKey: SCHEDULER_KEY });
    },
  });
}

export const usePause = () => useOrder(pauseScheduler, () => "The scheduler is paused.");

export const useResume = () => useOrder(resumeScheduler, () => "The scheduler goes on.");

export const useBackfill = () =>
  useOrder(
    (range: BackfillRange) => backfill(range),
    ({ occurrences }) =>
      occurrences === 1 ? "1 trigger is delivered." : `${occurrences.toLocaleString()} triggers are delivered.`,
  );

export const useCatchUpWindow = () => useOrder(setMaxDowntimeHours, () => "The catch-up window was set.");
