import {
  addEventToScheduler,
  type EventSnapshot,
  type TriggerDelivery,
  type TriggerKind,
} from "client-event-scheduler";
import { SchedulerProvider, useCountdown, useEvents, useScheduler, useTrigger } from "client-event-scheduler/react";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { conferences, lightningTalk } from "./events";

const NEWS: Partial<Record<TriggerKind, string>> = { event_start: "has begun", event_end: "is over" };

function App() {
  const [news, setNews] = useState<readonly TriggerDelivery[]>([]);
  const scheduler = useScheduler();
  const events = useEvents();
  useEffect(() => {
    for (const conference of conferences) addEventToScheduler(conference);
  }, []);
  useTrigger(["event_start", "event_end"], (delivery) => setNews((old) => [delivery, ...old]));
  return (
    <main>
      <h1>Coming up</h1>
      <ul>
        {events.map((event) => (
          <Row key={event.event_id} event={event} />
        ))}
      </ul>
      <button type="button" onClick={() => addEventToScheduler(lightningTalk())}>
        Begin something in three seconds
      </button>
      <output>
        {news.map(({ triggerId, eventId, kind }) => (
          <p key={triggerId}>
            {String(scheduler?.getEvent(eventId)?.event_name)} {NEWS[kind]}
          </p>
        ))}
      </output>
    </main>
  );
}

function Row({ event }: { event: EventSnapshot }) {
  const { days, hours, minutes, seconds, target } = useCountdown({ eventId: event.event_id });
  const clock = [hours, minutes, seconds].map((part) => String(part).padStart(2, "0")).join(":");
  return (
    <li data-status={event.status}>
      <strong>{String(event.event_name)}</strong>
      <span>{event.sub_status.replaceAll("_", " ")}</span>
      <time>{target === null ? "—" : `${days > 0 ? `${days} d ` : ""}${clock}`}</time>
    </li>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <SchedulerProvider>
      <App />
    </SchedulerProvider>
  </StrictMode>,
);
