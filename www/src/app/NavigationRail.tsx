import { Menu, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { NavLink, useLocation, useNavigate } from "react-router";
import { useMay } from "../session/hooks";
import classes from "./NavigationRail.module.css";
import { NAVIGATION, type NavigationEntry } from "./navigation";

/** So many entries fit side by side on a phone. */
const SIDE_BY_SIDE = 5;

/** The ways to the pages that the user may see: a rail beside the page, on a phone a bar at its foot. */
export function NavigationRail() {
  const may = useMay();
  const entries = NAVIGATION.filter(({ needs }) => may(needs));
  const shownOnPhone = entries.length > SIDE_BY_SIDE ? SIDE_BY_SIDE - 1 : entries.length;
  const further = entries.slice(shownOnPhone);
  return (
    <nav className={classes.navigation} aria-label="Pages">
      <ul>
        {entries.map(({ path, label, icon: Icon, useCount }, position) => (
          <li key={path} data-further={position >= shownOnPhone || undefined}>
            <NavLink to={`/${path}`} className={classes.entry ?? ""}>
              <Icon size={20} stroke={1.7} aria-hidden />
              <span>{label}</span>
              {useCount && <Count useCount={useCount} />}
            </NavLink>
          </li>
        ))}
        {further.length > 0 && (
          <li className={classes.more}>
            <More entries={further} />
          </li>
        )}
      </ul>
    </nav>
  );
}

const MOST_SHOWN = 99;

/** How much waits at a page; nothing where nothing does. */
function Count({ useCount }: { readonly useCount: () => number }) {
  const count = useCount();
  if (count === 0) return null;
  return (
    <span className={classes.count}>
      {count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}
      <VisuallyHidden> waiting</VisuallyHidden>
    </span>
  );
}

/** On a phone: what has no room in the bar. */
function More({ entries }: { readonly entries: readonly NavigationEntry[] }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const current = entries.find(({ path }) => pathname === `/${path}` || pathname.startsWith(`/${path}/`));
  return (
    <Menu position="top-end" width={200}>
      <Menu.Target>
        <UnstyledButton className={classes.entry} data-current={current !== undefined || undefined}>
          <IconDots size={20} stroke={1.7} aria-hidden />
          <span>More</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {entries.map(({ path, label, icon: Icon }) => (
          <Menu.Item
            key={path}
            leftSection={<Icon size={17} stroke={1.7} aria-hidden />}
            aria-current={path === current?.path ? "page" : undefined}
            onClick={() => navigate(`/${path}`)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
