/** Which rows are selected, as TanStack Table keeps it. */
export type Chosen = Record<string, true>;

/** The selected rows, and the stretch between two of them that is being drawn. */
export interface Selection {
  readonly chosen: Chosen;
  /** What was selected before the stretch began. */
  readonly base: Chosen;
  /** Where the stretch begins. */
  readonly anchor: string | null;
}

export const NOTHING_SELECTED: Selection = { chosen: {}, base: {}, anchor: null };

/** Selects a row that is not, and the other way round; the next stretch begins there. */
export function toggle({ chosen }: Selection, id: string): Selection {
  const { [id]: selected, ...others } = chosen;
  const next: Chosen = selected ? others : { ...chosen, [id]: true };
  return { chosen: next, base: next, anchor: id };
}

/** Draws the stretch from where it began to `id`, in the order of the list; the last stretch from there is given back. */
export function extendTo(selection: Selection, order: readonly string[], id: string): Selection {
  const start = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const end = order.indexOf(id);
  if (start < 0 || end < 0) return toggle(selection, id);
  const chosen = { ...selection.base };
  for (const between of order.slice(Math.min(start, end), Math.max(start, end) + 1)) chosen[between] = true;
  return { ...selection, chosen };
}

/** Selects every row of the list beside what is selected already. */
export function selectAll({ chosen }: Selection, order: readonly string[]): Selection {
  const all = { ...chosen };
  for (const id of order) all[id] = true;
  return { chosen: all, base: all, anchor: null };
}

/** Gives back every row of the list. */
export function selectNone({ chosen }: Selection, order: readonly string[]): Selection {
  const rest = { ...chosen };
  for (const id of order) delete rest[id];
  return { chosen: rest, base: rest, anchor: null };
}
