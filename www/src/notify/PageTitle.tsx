import { useHiddenCount } from "./useHiddenCount";

/** The tab's title, led by the count of triggers that fired while nobody looked. */
export function PageTitle({ children }: { readonly children: string }) {
  const count = useHiddenCount();
  return <title>{`${count > 0 ? `(${count}) ` : ""}${children} · Client Event Scheduler`}</title>;
}
