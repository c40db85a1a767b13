import { z } from "../../api/zod";
import { DATE_FIELDS, type DateField, type EventDocument, eventTimeZone } from "../../scheduler/eventFields";
import { toLocalReading } from "../../time/eventTime";

const localTime = z
  .string()
  .regex(/^(\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/, "Write a date and a time, or leave it empty.");

/** The form speaks the wire names, so that the problems of the core and of the server find their fields. */
export const eventFormSchema = z.object({
  event_name: z.string().trim().min(1, "Give the event a name.").max(200, "Use at most 200 characters."),
  venue: z.string().trim().max(300, "Use at most 300 characters."),
  timezone: z.string().min(1, "Choose the zone in which the times below are meant."),
  registration_start_date: localTime,
  registration_end_date: localTime,
  start_datetime: localTime,
  end_datetime: localTime,
  certificate_start_date: localTime,
  certificate_end_date: localTime,
  approval_required: z.boolean(),
});

export type EventFormValues = z.infer<typeof eventFormSchema>;
export type EventFormField = keyof EventFormValues;

/** What the fields are called on the screen. */
export const FIELD_LABELS: Readonly<Record<EventFormField, string>> = {
  event_name: "Name",
  venue: "Venue",
  timezone: "Time zone",
  registration_start_date: "Registration opens",
  registration_end_date: "Registration closes",
  start_datetime: "Event starts",
  end_datetime: "Event ends",
  certificate_start_date: "Certificates open",
  certificate_end_date: "Certificates close",
  approval_required: "Approval required",
};

export const isFormField = (field: string): field is EventFormField => field in eventFormSchema.shape;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** An empty form in the viewer's zone. */
export function emptyForm(timeZone: string): EventFormValues {
  return {
    ...readDates({ event_id: "" }, timeZone),
    event_name: "",
    venue: "",
    timezone: timeZone,
    approval_required: false,
  };
}

/** A stored event as the form shows it: every date as local time in the event's zone. */
export function toForm(event: EventDocument, fallbackTimeZone: string): EventFormValues {
  const timeZone = eventTimeZone(event) ?? fallbackTimeZone;
  return {
    ...readDates(event, timeZone),
    event_name: text(event.event_name),
    venue: text(event.venue),
    timezone: timeZone,
    approval_required: event.approval_required === true,
  };
}

function readDates(event: EventDocument, timeZone: string): Record<DateField, string> {
  const read = (field: DateField) => toLocalReading(event[field], timeZone);
  return {
    registration_start_date: read("registration_start_date"),
    registration_end_date: read("registration_end_date"),
    start_datetime: read("start_datetime"),
    end_datetime: read("end_datetime"),
    certificate_start_date: read("certificate_start_date"),
    certificate_end_date: read("certificate_end_date"),
  };
}

/** The definition that a new form describes; fields left empty are left out. */
export function toNewEvent(eventId: string, values: EventFormValues): EventDocument {
  const filled = Object.entries(values).filter(([, value]) => value !== "" && value !== false);
  return { ...Object.fromEntries(filled), event_id: eventId };
}

/**
 * What an edit changes, as the server merges it: `null` clears a field, an untouched date keeps the very form in which it was
 * stored. With another zone every date is written anew, since a local time means another instant there.
 */
export function toPatch(
  event: EventDocument,
  values: EventFormValues,
  fallbackTimeZone: string,
): Record<string, unknown> {
  const before = toForm(event, fallbackTimeZone);
  const zoneChanged = values.timezone !== text(event.timezone);
  const patch: Record<string, unknown> = {};
  if (zoneChanged) patch.timezone = values.timezone;
  for (const field of ["event_name", "venue"] as const) {
    if (values[field] !== before[field]) patch[field] = values[field] || null;
  }
  for (const field of DATE_FIELDS) {
    const cleared = values[field] === "";
    if (cleared && before[field] === "") continue;
    if (zoneChanged || !sameReading(values[field], before[field])) patch[field] = cleared ? null : values[field];
  }
  if (values.approval_required !== before.approval_required) patch.approval_required = values.approval_required;
  return patch;
}

/** Browsers write `14:05` for what the store may hold as `14:05:00`. */
const sameReading = (a: string, b: string): boolean =>
  a.replace(/(T\d{2}:\d{2}):00(\.0+)?$/, "$1") === b.replace(/(T\d{2}:\d{2}):00$/, "$1");
