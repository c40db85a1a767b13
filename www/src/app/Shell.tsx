import { lazy, Suspense, useRef } from "react";
import { Link, Outlet } from "react-router";
import { HealthIndicator } from "../health/HealthIndicator";
import { HiddenNotices } from "../notify/HiddenNotices";
import { TriggerToasts } from "../notify/TriggerToasts";
import { AccountMenu } from "../session/AccountMenu";
import { ColorSchemeMenu } from "./ColorSchemeMenu";
import { ConnectionNotice } from "./ConnectionNotice";
import { DemoBanner } from "./DemoBanner";
import { DevelopmentBanner } from "./DevelopmentBanner";
import { NavigationRail } from "./NavigationRail";
import classes from "./Shell.module.css";
import { useHeadingFocus } from "./useHeadingFocus";

/** `?inspector` in the address with which the admin was opened. */
const Inspector = new URLSearchParams(window.location.search).has("inspector")
  ? lazy(() => import("./Inspector"))
  : null;

/** The frame around every page. */
export function Shell() {
  const main = useRef<HTMLElement>(null);
  useHeadingFocus(main);
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        Skip to the content
      </a>
      <header className={classes.header}>
        <Link to="/" className={classes.brand}>
          <img src="/favicon.svg" alt="" width={26} height={26} />
          <span>Client Event Scheduler</span>
        </Link>
        <div className={classes.tools}>
          <HealthIndicator />
          <ColorSchemeMenu />
          <AccountMenu />
        </div>
      </header>
      <aside className={classes.notices} aria-label="Notices">
        <DevelopmentBanner />
        <DemoBanner />
        <ConnectionNotice />
      </aside>
      <NavigationRail />
      <main ref={main} id="content" tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
      <TriggerToasts />
      <HiddenNotices />
      {Inspector && (
        <Suspense>
          <Inspector />
        </Suspense>
      )}
    </div>
  );
}
