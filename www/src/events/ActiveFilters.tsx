import { IconX } from "@tabler/icons-react";
import { approvalWords, subStatusWords } from "../scheduler/vocabulary";
import classes from "./EventToolbar.module.css";
import { countFilters, type ListFilter, NO_FILTER } from "./listQuery";

interface Props {
  readonly query: ListFilter;
  readonly onChange: (change: Partial<ListFilter>) => void;
}

/** What restricts the list, each with the way to lift it; nothing where nothing does. */
export function ActiveFilters({ query, onChange }: Props) {
  if (countFilters(query) === 0) return null;
  return (
    <div className={classes.active}>
      <ul aria-label="Filters in force">
        {restrictions(query).map(({ words, without }) => (
          <li key={words}>
            <button type="button" aria-label={`Remove filter: ${words}`} onClick={() => onChange(without)}>
              {words}
              <IconX size={13} stroke={2} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className={classes.link} onClick={() => onChange(NO_FILTER)}>
        Clear filters
      </button>
    </div>
  );
}

interface Restriction {
  readonly words: string;
  readonly without: Partial<ListFilter>;
}

function restrictions({ subStatus, approval, zone, from, until }: ListFilter): readonly Restriction[] {
  const range = from && until ? `Starts ${from} to ${until}` : from ? `Starts from ${from}` : `Starts until ${until}`;
  return [
    ...subStatus.map((each) => ({
      words: subStatusWords(each),
      without: { subStatus: subStatus.filter((other) => other !== each) },
    })),
    ...approval.map((each) => ({
      words: `Approval: ${approvalWords(each).toLowerCase()}`,
      without: { approval: approval.filter((other) => other !== each) },
    })),
    ...zone.map((each) => ({
      words: each.replaceAll("_", " "),
      without: { zone: zone.filter((other) => other !== each) },
    })),
    ...(from || until ? [{ words: range, without: { from: "", until: "" } }] : []),
  ];
}
