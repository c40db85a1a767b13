import { useEffect, useState } from "react";
import { cameDue } from "../scheduler/changeLog";
import { useSeenChanges } from "../scheduler/hooks";

/** How many triggers have fired since the page was last looked at; 0 while it is visible. */
export function useHiddenCount(): number {
  const changes = useSeenChanges();
  const newest = changes[0]?.number ?? 0;
  const [seenUpTo, setSeenUpTo] = useState(newest);

  useEffect(() => {
    const look = () => {
      if (!document.hidden) setSeenUpTo(newest);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [newest]);

  return changes.filter((change) => change.number > seenUpTo && cameDue(change)).length;
}
