import { createBrowserRouter, Navigate } from "react-router";
import { EventsPage } from "../events/EventsPage";
import { NotFound } from "./NotFound";
import { RouteError } from "./RouteError";
import { Shell } from "./Shell";

export const router = createBrowserRouter([
  {
    Component: Shell,
    HydrateFallback: () => null,
    ErrorBoundary: RouteError,
    children: [
      { index: true, element: <Navigate to="/events" replace /> },
      {
        path: "events",
        Component: EventsPage,
        children: [
          { path: "new", lazy: () => import("../events/form/NewEventRoute") },
          { path: ":eventId", lazy: () => import("../events/form/EditEventRoute") },
        ],
      },
      { path: "users", lazy: () => import("../admin/UsersPage") },
      { path: "api-keys", lazy: () => import("../admin/KeysPage") },
      { path: "audit", lazy: () => import("../admin/AuditPage") },
      { path: "account", lazy: () => import("../admin/AccountPage") },
      { path: "*", Component: NotFound },
    ],
  },
]);
