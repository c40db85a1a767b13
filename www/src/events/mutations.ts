import { useMutation } from "@tanstack/react-query";
import type { ClientEventScheduler } from "client-event-scheduler/slim";
import { approveEvent, createEvent, declineEvent, deleteEvent, updateEvent } from "../api/events";
import { notifyDone, notifyFailed } from "../notify/notices";
import { asInput, type EventDocument, eventName } from "../scheduler/eventFields";
import { usePageScheduler } from "../scheduler/hooks";

/**
 * Every change takes the same way: it is applied to the page's scheduler at once, sent to the server, and then replaced by
 * the document that the server stored, with its revision. If the server refuses, the scheduler gets back what it had.
 */
interface Undo {
  readonly undo: () => void;
}

/** Puts an event back as it was: with its old definition, or gone if it was not there. */
function rememberEvent(scheduler: ClientEventScheduler, eventId: string): Undo {
  const before = scheduler.getEvent(eventId);
  return {
    undo: () => {
      if (before) scheduler.updateEvent(eventId, asInput(before));
      else scheduler.removeEvent(eventId);
    },
  };
}

/** A changed definition has no revision until the server has given it one. */
function provisional({ revision: _confirmed, ...definition }: EventDocument): EventDocument {
  return { ...definition, event_id: definition.event_id as string };
}

/** Creates the event. Rejects with `InvalidInputError` or `ApiError`; the form shows their problems at its fields. */
export function useCreateEvent() {
  const scheduler = usePageScheduler();
  return useMutation({
    mutationFn: (event: EventDocument) => createEvent(event),
    onMutate: (event) => {
      const undo = rememberEvent(scheduler, event.event_id);
      scheduler.addEvent(asInput(event));
      return undo;
    },
    onSuccess: (stored) => {
      scheduler.updateEvent(stored.event_id, asInput(stored));
      notifyDone(`“${eventName(stored)}” was created.`);
    },
    onError: (_error, _event, context) => context?.undo(),
  });
}

interface Edit {
  readonly event: EventDocument;
  /** The fields to change; `null` clears one. */
  readonly patch: Readonly<Record<string, unknown>>;
}

/** Changes the event. Rejects like `useCreateEvent`. */
export function useUpdateEvent() {
  const scheduler = usePageScheduler();
  return useMutation({
    mutationFn: ({ event, patch }: Edit) =>
      updateEvent(event.event_id, event.revision === undefined ? patch : { ...patch, revision: event.revision }),
    onMutate: ({ event, patch }) => {
      const undo = rememberEvent(scheduler, event.event_id);
      scheduler.updateEvent(event.event_id, asInput(provisional(mergePatch(event, patch))));
      return undo;
    },
    onSuccess: (stored) => {
      scheduler.updateEvent(stored.event_id, asInput(stored));
      notifyDone(`“${eventName(stored)}” was saved.`);
    },
    onError: (_error, _edit, context) => context?.undo(),
  });
}

/** Deletes the event; a refusal brings it back and says why. */
export function useDeleteEvent() {
  const scheduler = usePageScheduler();
  return useMutation({
    mutationFn: (event: EventDocument) => deleteEvent(event.event_id),
    onMutate: (event) => {
      const undo = rememberEvent(scheduler, event.event_id);
      scheduler.removeEvent(event.event_id);
      return undo;
    },
    onSuccess: (_last, event) => notifyDone(`“${eventName(event)}” was deleted.`),
    onError: (error, event, context) => {
      context?.undo();
      notifyFailed(`“${eventName(event)}” was not deleted.`, error);
    },
  });
}

interface Decision {
  readonly event: EventDocument;
  readonly decision: "approve" | "decline";
  /** Why it is declined, where somebody says so. */
  readonly reason?: string | undefined;
}

/** Approves or declines the event; a refusal restores its state and says why. */
export function useDecideEvent() {
  const scheduler = usePageScheduler();
  return useMutation({
    mutationFn: ({ event, decision, reason }: Decision) =>
      decision === "approve" ? approveEvent(event.event_id) : declineEvent(event.event_id, reason),
    onMutate: ({ event, decision }) => {
      const undo = rememberEvent(scheduler, event.event_id);
      if (decision === "approve") scheduler.approveEvent(event.event_id);
      else scheduler.declineEvent(event.event_id);
      return undo;
    },
    onSuccess: (stored, { decision }) => {
      scheduler.updateEvent(stored.event_id, asInput(stored));
      notifyDone(`“${eventName(stored)}” was ${decision === "approve" ? "approved" : "declined"}.`);
    },
    onError: (error, { event, decision }, context) => {
      context?.undo();
      notifyFailed(`“${eventName(event)}” was not ${decision === "approve" ? "approved" : "declined"}.`, error);
    },
  });
}

/**
 * The definition that results from a patch. Where the patch decides anew whether an approval is needed, the status that
 * was computed from the old answer must not stand in for it.
 */
export function mergePatch(event: EventDocument, patch: Readonly<Record<string, unknown>>): EventDocument {
  const computed = "approval_required" in patch ? { status: null, sub_status: null } : {};
  const entries = Object.entries({ ...event, ...computed, ...patch }).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(entries), event_id: event.event_id };
}
