import { lazy, Suspense } from "react";
import { Link, Outlet } from "react-router";
import { HealthIndicator } from "../health/HealthIndicator";
import { TriggerToasts } from "../notify/TriggerToasts";
import { AccountMenu } from "../session/AccountMenu";
import { ColorSchemeMenu } from "./ColorSchemeMenu";
import { ConnectionNotice } from "./ConnectionNotice";
import { DemoBanner } from "./DemoBanner";
import { DevelopmentBanner } from "./DevelopmentBanner";
import classes from "./Shell.module.css";

/** `?inspector` in the address with which the admin was opened. */
const Inspector = new URLSearchParams(window.location.search).has("inspector")
  ? lazy(() => import("./Inspector"))
  : null;

/** The frame around every page. */
export function Shell() {
  return (
    <div className={classes.shell}>
      <header className={classes.header}>
        <Link to="/events" className={classes.brand}>
          <img src="/favicon.svg" alt="" width={26} height={26} />
          <span>Client Event Scheduler</span>
        </Link>
        <div className={classes.tools}>
          <HealthIndicator />
          <ColorSchemeMenu />
          <AccountMenu />
        </div>
      </header>
      <aside aria-label="Notices">
        <DevelopmentBanner />
        <DemoBanner />
        <ConnectionNotice />
      </aside>
      <main className={classes.main}>
        <Outlet />
      </main>
      <TriggerToasts />
      {Inspector && (
        <Suspense>
          <Inspector />
        </Suspense>
      )}
    </div>
  );
}
