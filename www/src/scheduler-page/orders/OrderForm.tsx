import { Button, Group, Stack } from "@mantine/core";
import type { ReactNode, SubmitEvent } from "react";
import { AwayAlert } from "../../health/AwayAlert";
import { useReachable } from "../../health/useReachable";
import { Refusal } from "../../session/SignInForm";

interface Props {
  readonly label: string;
  readonly color?: string | undefined;
  readonly busy: boolean;
  /** Why the server refused the order. */
  readonly error: Error | null;
  /** Nothing can be ordered as it stands. */
  readonly disabled?: boolean;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** The frame of every order: what is refused and why, and that nothing can be ordered while the server is away. */
export function OrderForm({ label, color, busy, error, disabled = false, onSubmit, onCancel, children }: Props) {
  const reachable = useReachable();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (reachable && !disabled) onSubmit();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {error && <Refusal title="Not done" error={error} />}
        <AwayAlert>Orders can be given again when it is back.</AwayAlert>
        {children}
        <Group justify="flex-end" mt="xs" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" color={color ?? "harbor"} loading={busy} disabled={!reachable || disabled}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
