import { IconCalendarEvent, IconListDetails } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";
import classes from "./NarrowTabs.module.css";

type View = "events" | "queue";

/** Which of the two parts a narrow screen shows; the address remembers it. */
export function useNarrowView(): View {
  const [params] = useSearchParams();
  return params.get("view") === "queue" ? "queue" : "events";
}

/** Switches a narrow screen between the events and the queue. */
export function NarrowTabs({ view }: { readonly view: View }) {
  const [params] = useSearchParams();
  const searchFor = (target: View) => {
    const next = new URLSearchParams(params);
    if (target === "queue") next.set("view", "queue");
    else next.delete("view");
    return next.toString();
  };
  return (
    <nav className={classes.tabs} aria-label="Parts of the page">
      <Link to={{ search: searchFor("events") }} aria-current={view === "events" ? "page" : undefined}>
        <IconCalendarEvent size={16} stroke={1.7} aria-hidden />
        Events
      </Link>
      <Link to={{ search: searchFor("queue") }} aria-current={view === "queue" ? "page" : undefined}>
        <IconListDetails size={16} stroke={1.7} aria-hidden />
        Queue
      </Link>
    </nav>
  );
}
