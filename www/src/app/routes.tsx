import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { useMay } from "../session/hooks";
import { Starting } from "../ui/Starting";
import { NotFound } from "./NotFound";
import { NAVIGATION } from "./navigation";
import { RouteError } from "./RouteError";
import { Shell } from "./Shell";

const pages: readonly RouteObject[] = NAVIGATION.flatMap(({ path, lazy, children = [], below = [] }) => [
  { path, lazy, children: [...children] },
  ...below,
]);

export const router = createBrowserRouter([
  {
    Component: Shell,
    HydrateFallback: Starting,
    ErrorBoundary: RouteError,
    children: [
      { index: true, Component: Home },
      ...pages,
      { path: "users", lazy: () => import("../admin/UsersPage") },
      { path: "api-keys", lazy: () => import("../admin/KeysPage") },
      { path: "audit", lazy: () => import("../admin/AuditPage") },
      { path: "account", lazy: () => import("../admin/AccountPage") },
      { path: "*", Component: NotFound },
    ],
  },
]);

/** The first page that the user may see. */
function Home() {
  const may = useMay();
  const first = NAVIGATION.find(({ needs }) => may(needs));
  return <Navigate to={`/${first?.path ?? "account"}`} replace />;
}
