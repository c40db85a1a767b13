import {
  IconCalendarMonth,
  IconChecklist,
  IconClockPlay,
  IconFileImport,
  IconHeartRateMonitor,
  IconLayoutDashboard,
  IconListDetails,
  IconPlugConnected,
  type IconProps,
  IconTimelineEvent,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { RouteObject } from "react-router";
import type { Permission } from "../api/session";
import { usePendingCount } from "../approvals/usePending";

/** One page of the admin that its navigation leads to. */
export interface NavigationEntry {
  /** Below the root of the admin; the first part of every address of the page. */
  readonly path: string;
  readonly label: string;
  readonly icon: ComponentType<IconProps>;
  /** Whoever may not do this does not see the entry. */
  readonly needs: Permission;
  /** Loads the page when somebody first goes there. */
  readonly lazy: () => Promise<{ readonly Component: ComponentType }>;
  /** How much waits there, to be shown beside the label; a hook. */
  readonly useCount?: () => number;
  /** Dialogs over the page, each with an address of its own. */
  readonly children?: readonly RouteObject[];
  /** Further pages that belong to it, by their whole paths. */
  readonly below?: readonly RouteObject[];
}

/** Routes that lay a dialog over a page; the page stays the one that is shown. */
const DIALOG = { dialog: true } as const;

/**
 * The pages in the order in which they are shown; a page belongs to the admin by its entry here. On a phone the first four
 * stand in the bar at the foot, the others behind "More".
 */
export const NAVIGATION: readonly NavigationEntry[] = [
  {
    path: "dashboard",
    label: "Dashboard",
    icon: IconLayoutDashboard,
    needs: "events:read",
    lazy: () => import("../dashboard/DashboardPage"),
  },
  {
    path: "timeline",
    label: "Timeline",
    icon: IconTimelineEvent,
    needs: "events:read",
    lazy: () => import("../timeline/TimelinePage"),
  },
  {
    path: "calendar",
    label: "Calendar",
    icon: IconCalendarMonth,
    needs: "events:read",
    lazy: () => import("../calendar/CalendarPage"),
  },
  {
    path: "events",
    label: "Events",
    icon: IconListDetails,
    needs: "events:read",
    lazy: () => import("../events/EventsPage"),
    children: [
      { path: "new", handle: DIALOG, lazy: () => import("../events/form/NewEventRoute") },
      { path: "edit/:eventId", handle: DIALOG, lazy: () => import("../events/form/EditEventRoute") },
    ],
    below: [
      {
        path: "events/:eventId",
        lazy: () => import("../detail/EventRoute"),
        children: [{ path: "edit", handle: DIALOG, lazy: () => import("../events/form/EditEventRoute") }],
      },
    ],
  },
  {
    path: "approvals",
    label: "Approvals",
    icon: IconChecklist,
    needs: "events:approve",
    lazy: () => import("../approvals/ApprovalsPage"),
    useCount: usePendingCount,
  },
  {
    path: "scheduler",
    label: "Scheduler",
    icon: IconHeartRateMonitor,
    needs: "scheduler:read",
    lazy: () => import("../scheduler-page/SchedulerPage"),
  },
  {
    path: "schedules",
    label: "Schedules",
    icon: IconClockPlay,
    needs: "schedules:read",
    lazy: () => import("../schedules/SchedulesPage"),
  },
  {
    path: "providers",
    label: "Providers",
    icon: IconPlugConnected,
    needs: "scheduler:read",
    lazy: () => import("../providers/ProvidersPage"),
  },
  {
    path: "import",
    label: "Import",
    icon: IconFileImport,
    needs: "events:write",
    lazy: () => import("../transfer/ImportPage"),
  },
];
