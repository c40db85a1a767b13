import type { AuditChanges } from "../api/admin";
import classes from "./FieldChanges.module.css";
import { fieldWords } from "./fieldWords";

interface Props {
  readonly changes: AuditChanges;
  /** The event's own zone, where it has one. */
  readonly timeZone?: string | undefined;
}

/** As many fields are shown at once; of more, how many there are. */
const SHOWN_AT_ONCE = 3;

/** What was changed, field by field. */
export function FieldChanges({ changes, timeZone }: Props) {
  const count = changes.fields.length + changes.left_out;
  if (count === 0) return null;
  const list = <FieldList changes={changes} timeZone={timeZone} />;
  if (count <= SHOWN_AT_ONCE) return list;
  return (
    <details className={classes.details}>
      <summary>{count.toLocaleString()} fields</summary>
      {list}
    </details>
  );
}

function FieldList({ changes, timeZone }: Props) {
  return (
    <dl className={classes.fields}>
      {fieldWords(changes, timeZone).map(({ field, label, before, after }) => (
        <div key={field}>
          <dt>{label}</dt>
          <dd>
            {before !== undefined && <del>{before}</del>}
            {before !== undefined && <span className={classes.arrow}> → </span>}
            {after === undefined ? <span className={classes.none}>none</span> : <ins>{after}</ins>}
          </dd>
        </div>
      ))}
      {changes.left_out > 0 && (
        <div>
          <dt>and others</dt>
          <dd className={classes.none}>{changes.left_out.toLocaleString()} that the audit has no room for</dd>
        </div>
      )}
    </dl>
  );
}
