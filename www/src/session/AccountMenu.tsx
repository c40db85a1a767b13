import { Menu, UnstyledButton } from "@mantine/core";
import {
  IconBell,
  IconBellOff,
  IconDoorExit,
  IconHistory,
  IconKey,
  IconUserCircle,
  IconUserCog,
  IconUsers,
} from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { type Role, signOut } from "../api/session";
import { desktopNotices, useDesktopNotices } from "../notify/desktopNotices";
import { notifyFailed } from "../notify/notices";
import classes from "./AccountMenu.module.css";
import { useMay, useSession } from "./hooks";
import { sessionStore } from "./sessionStore";

/** The roles in words. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  super_admin: "Super admin",
  organizer: "Organizer",
  executive_admin: "Executive admin",
};

const PAGES = [
  { path: "/users", label: "Users", icon: IconUsers, needs: "users:manage" },
  { path: "/api-keys", label: "API keys", icon: IconKey, needs: "keys:manage" },
  { path: "/audit", label: "Audit", icon: IconHistory, needs: "audit:read" },
] as const;

/** Who is signed in, the pages that he may see, and the way out. */
export function AccountMenu() {
  const { name, role, mode } = useSession();
  const may = useMay();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      return notifyFailed("You are still signed in.", error as Error);
    }
    sessionStore.restart();
  };
  const pages = PAGES.filter(({ needs }) => may(needs));
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={classes.button} aria-label={`Account: ${name ?? ""}`}>
          <IconUserCircle size={18} stroke={1.7} aria-hidden />
          <span className={classes.name}>{name}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name}
          {role && `, ${ROLE_WORDS[role].toLowerCase()}`}
        </Menu.Label>
        {pages.map(({ path, label, icon: Icon }) => (
          <Menu.Item
            key={path}
            leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
            onClick={() => navigate(path)}
          >
            {label}
          </Menu.Item>
        ))}
        <DesktopNoticesItem />
        {mode === "secured" && (
          <>
            {pages.length > 0 && <Menu.Divider />}
            <Menu.Item
              leftSection={<IconUserCog size={16} stroke={1.7} aria-hidden />}
              onClick={() => navigate("/account")}
            >
              Password and sessions
            </Menu.Item>
            <Menu.Item leftSection={<IconDoorExit size={16} stroke={1.7} aria-hidden />} onClick={() => void leave()}>
              Sign out
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Turns the browser's own notices on and off; they are shown only while the page is hidden. */
function DesktopNoticesItem() {
  const state = useDesktopNotices();
  if (state === "unsupported") return null;
  const on = state === "on";
  const Icon = on ? IconBellOff : IconBell;
  return (
    <Menu.Item
      leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
      disabled={state === "blocked"}
      onClick={() => (on ? desktopNotices.turnOff() : void desktopNotices.turnOn())}
    >
      {state === "blocked" ? "Notifications are blocked here" : on ? "Stop notifying me" : "Notify me while hidden"}
    </Menu.Item>
  );
}
