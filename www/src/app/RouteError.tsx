import { IconAlertTriangle, IconCloudOff } from "@tabler/icons-react";
import { useRouteError } from "react-router";
import { PageState } from "../ui/PageState";

/** Stands in for a page that failed; a reload starts anew, and the server has everything that was saved. */
export function RouteError() {
  const error = useRouteError();
  const reload = { label: "Reload", onClick: () => window.location.reload() };
  if (isNotLoaded(error)) {
    return (
      <PageState
        icon={<IconCloudOff size={22} stroke={1.6} />}
        title="This page could not be loaded"
        detail="The server cannot be reached, or has a newer version of the admin. Triggers go on firing in other open tabs."
        action={reload}
      />
    );
  }
  return (
    <PageState
      icon={<IconAlertTriangle size={22} stroke={1.6} />}
      title="This page ran into an error"
      detail={error instanceof Error ? error.message : String(error)}
      action={reload}
    />
  );
}

/** Pages are loaded when somebody goes there; every browser has its own words for one that does not come. */
const isNotLoaded = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|importing a module script failed|error loading dynamically/i.test(error.message);
