import { IconAlertTriangle } from "@tabler/icons-react";
import { useRouteError } from "react-router";
import { PageState } from "../ui/PageState";

/** Stands in for a page that failed; a reload starts anew, and the server has everything that was saved. */
export function RouteError() {
  const error = useRouteError();
  return (
    <PageState
      icon={<IconAlertTriangle size={22} stroke={1.6} />}
      title="This page ran into an error"
      detail={error instanceof Error ? error.message : String(error)}
      action={{ label: "Reload", onClick: () => window.location.reload() }}
    />
  );
}
