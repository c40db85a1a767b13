import { useDebouncedValue } from "@mantine/hooks";
import { createContext, type ReactNode, use, useMemo } from "react";
import { useWatch } from "react-hook-form";
import type { FieldProblem } from "../../api/problem";
import type { DateField, EventDocument } from "../../scheduler/eventFields";
import type { EventFormValues } from "./formModel";
import { type Preview, usePreview } from "./usePreview";

const SETTLE_MS = 200;

interface FormPreview {
  readonly definition: EventDocument;
  readonly preview: Preview;
}

const PreviewContext = createContext<FormPreview | null>(null);

interface Props {
  readonly toPreview: (values: EventFormValues) => EventDocument;
  readonly children: ReactNode;
}

/** Asks, while somebody types, what the scheduler would make of the form as it stands. */
export function FormPreviewProvider({ toPreview, children }: Props) {
  const values = useWatch<EventFormValues>() as EventFormValues;
  const [settled] = useDebouncedValue(values, SETTLE_MS);
  const definition = toPreview(settled);
  const preview = usePreview(definition);
  const key = JSON.stringify(definition);
  const value = useMemo(() => ({ definition: JSON.parse(key) as EventDocument, preview }), [key, preview]);
  return <PreviewContext value={value}>{children}</PreviewContext>;
}

export function useFormPreview(): FormPreview {
  const found = use(PreviewContext);
  if (!found) throw new Error("This component must stand inside <FormPreviewProvider>.");
  return found;
}

/** What is to be said of a date before the form is saved. */
export function useNotice(field: DateField): FieldProblem | undefined {
  const { problems, doubts } = useFormPreview().preview;
  return [...problems, ...doubts].find((problem) => problem.field === field);
}
