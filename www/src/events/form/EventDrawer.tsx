import { Drawer } from "@mantine/core";
import { type ReactNode, useCallback } from "react";
import { useLocation, useNavigate } from "react-router";
import classes from "./EventForm.module.css";

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
    <Drawer.Root
      opened
      onClose={close}
      position="right"
      size={560}
      padding={0}
      // A class of the content component would also come to the box around it, which places the content.
      classNames={{ content: classes.drawer }}
      closeOnClickOutside={!guarded}
      closeOnEscape={!guarded}
    >
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>
        {/* Not the header of the page, which the component's own would be taken for. */}
        <div className={classes.drawerHeader}>
          <Drawer.Title className={classes.drawerTitle}>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body className={classes.drawerBody}>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** Leads back to the page below the form as it was. */
export function useCloseDrawer(): () => void {
  const navigate = useNavigate();
  const { search } = useLocation();
  return useCallback(() => navigate({ pathname: "..", search }), [navigate, search]);
}
