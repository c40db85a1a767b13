import { Textarea } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { reasonProblem } from "./declineReason";

interface Props {
  readonly value: string;
  readonly onChange: (reason: string) => void;
}

/** Why something is declined, for who proposed it. Enter sends the form, Shift and Enter begins another line. */
export function ReasonField({ value, onChange }: Props) {
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  };
  return (
    <Textarea
      label="Reason"
      description="Optional. It is shown with the event, also to who proposed it. Enter declines, Shift + Enter begins a new line."
      autosize
      minRows={2}
      maxRows={8}
      data-autofocus
      value={value}
      error={reasonProblem(value)}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}
