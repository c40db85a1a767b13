import type { AuditChanges, RecordedValue } from "../api/admin";
import { FIELD_LABELS, isFormField } from "../events/form/formModel";
import { APPROVALS, DATE_FIELDS } from "../scheduler/eventFields";
import { approvalWords } from "../scheduler/vocabulary";
import { toInstant } from "../time/eventTime";
import { formatInstant } from "../time/format";

type FieldChange = AuditChanges["fields"][number];

/** One field before and after, in words. */
export interface FieldWords {
  readonly field: string;
  readonly label: string;
  /** Left out where there was nothing. */
  readonly before?: string;
  /** Left out where nothing is left. */
  readonly after?: string;
}

const OTHER_LABELS: Readonly<Record<string, string>> = {
  event_approval_status: "Approval",
  status: "Status",
  decline_reason: "Reason for declining",
  event_id: "Id",
};

const DATES = new Set<string>(DATE_FIELDS);

/** What a field is called on the screen; by its own name where it has none there. */
const labelOf = (field: string): string => (isFormField(field) ? FIELD_LABELS[field] : (OTHER_LABELS[field] ?? field));

/**
 * What was changed, in words. `timeZone` is the event's, in which its times are told; the zone that the change itself
 * tells of counts before it.
 */
export function fieldWords({ fields }: AuditChanges, timeZone?: string): FieldWords[] {
  const zones = fields.find(({ field }) => field === "timezone");
  const zoneOf = (value: RecordedValue | undefined) =>
    value && "value" in value && typeof value.value === "string" ? value.value : timeZone;
  return fields.map((change) => ({
    field: change.field,
    label: labelOf(change.field),
    ...told("before", change, change.old, zoneOf(zones?.old)),
    ...told("after", change, change.new, zoneOf(zones?.new)),
  }));
}

function told(
  side: "before" | "after",
  { field }: FieldChange,
  value: RecordedValue | undefined,
  timeZone: string | undefined,
): Partial<FieldWords> {
  // No value and null are the same to a reader.
  if (value === undefined || ("value" in value && value.value === null)) return {};
  return { [side]: words(field, value, timeZone) };
}

function words(field: string, recorded: RecordedValue, timeZone: string | undefined): string {
  if ("hidden" in recorded) return "(kept secret)";
  if ("cut" in recorded) return `${recorded.cut} … (${recorded.bytes.toLocaleString()} bytes in all)`;
  const { value } = recorded;
  if (DATES.has(field)) {
    const at = toInstant(value, timeZone);
    if (at !== undefined) return formatInstant(at, timeZone);
  }
  const approval = field === "event_approval_status" && APPROVALS.find((each) => each === value);
  if (approval) return approvalWords(approval);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === "") return "(empty)";
  return typeof value === "string" ? value : JSON.stringify(value);
}
