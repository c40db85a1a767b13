import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { cameDue, type SeenChange } from "../scheduler/changeLog";
import { eventName } from "../scheduler/eventFields";
import { usePageScheduler, useSeenChanges } from "../scheduler/hooks";
import { stateWords } from "../scheduler/vocabulary";
import { eventPath } from "../ui/eventPath";
import { useDesktopNotices } from "./desktopNotices";

const ONE_BY_ONE = 3;

/** Has the browser tell of triggers that fire while the page is hidden, where its user has asked for it. */
export function HiddenNotices() {
  const state = useDesktopNotices();
  const scheduler = usePageScheduler();
  const changes = useSeenChanges();
  const toldUpTo = useRef(changes[0]?.number ?? 0);
  const navigate = useNavigate();

  useEffect(() => {
    const fresh = changes.filter((change) => change.number > toldUpTo.current && cameDue(change)).reverse();
    toldUpTo.current = changes[0]?.number ?? 0;
    if (state !== "on" || !document.hidden) return;
    const nameOf = ({ eventId }: SeenChange) => eventName(scheduler.getEvent(eventId) ?? { event_id: eventId });
    if (fresh.length > ONE_BY_ONE) {
      tell(`${fresh.length} events changed their state`, nameOf(fresh[0] as SeenChange), "many", () =>
        navigate("/dashboard"),
      );
      return;
    }
    for (const change of fresh) {
      // Several hidden tabs say the same of one change: the browser shows what has one tag once.
      const tag = `${change.eventId}/${change.to.sub_status}@${change.at}`;
      tell(stateWords(change.to), nameOf(change), tag, () => navigate(eventPath(change.eventId)));
    }
  }, [changes, state, scheduler, navigate]);

  return null;
}

function tell(title: string, body: string, tag: string, open: () => void): void {
  try {
    const notice = new Notification(title, { body, tag, icon: "/favicon.svg" });
    notice.onclick = () => {
      window.focus();
      open();
      notice.close();
    };
  } catch {
    // Some browsers of phones tell only through a service worker; the page's own notices are there when it is looked at.
  }
}
