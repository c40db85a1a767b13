import { Drawer } from "@mantine/core";
import { type ReactNode, useCallback } from "react";
import { useLocation, useNavigate } from "react-router";

interface Props {
  readonly title: string;
  /** Unsaved input is not lost to a stray click or key. */
  readonly guarded: boolean;
  readonly children: ReactNode;
}

/** Where the create and edit forms stand: beside the list on wide screens, over it on a phone. */
export function EventDrawer({ title, guarded, children }: Props) {
  const close = useCloseDrawer();
  return (
    <Drawer
      opened
      onClose={close}
      title={title}
      position="right"
      size={560}
      padding={0}
      closeOnClickOutside={!guarded}
      closeOnEscape={!guarded}
      overlayProps={{ backgroundOpacity: 0.35 }}
      styles={{
        header: { padding: "14px 20px", borderBottom: "1px solid var(--line)" },
        title: { fontSize: 16, fontWeight: 650 },
        content: { display: "flex", flexDirection: "column", maxWidth: "100vw" },
        body: { flex: 1, minHeight: 0, display: "flex", flexDirection: "column" },
      }}
    >
      {children}
    </Drawer>
  );
}

/** Leads back to the page below the form as it was. */
export function useCloseDrawer(): () => void {
  const navigate = useNavigate();
  const { search } = useLocation();
  return useCallback(() => navigate({ pathname: "..", search }), [navigate, search]);
}
