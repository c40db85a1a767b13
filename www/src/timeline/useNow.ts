import { useEffect, useState } from "react";
import { usePageScheduler } from "../scheduler/hooks";

const STEP_MS = 5_000;

/** The present instant by the scheduler's clock, every few seconds. */
export function useNow(): number {
  const scheduler = usePageScheduler();
  const [now, setNow] = useState(() => scheduler.now());
  useEffect(() => {
    const stepping = setInterval(() => setNow(scheduler.now()), STEP_MS);
    return () => clearInterval(stepping);
  }, [scheduler]);
  return now;
}
