import { Alert } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useReachable } from "./useReachable";

/** Says before somebody tries that nothing can be changed at present; nothing while the server answers. */
export function AwayAlert({ children }: { readonly children: string }) {
  if (useReachable()) return null;
  return (
    <Alert
      color="yellow"
      icon={<IconCloudOff size={18} aria-hidden />}
      title="The server cannot be reached"
      role="status"
    >
      {children}
    </Alert>
  );
}
