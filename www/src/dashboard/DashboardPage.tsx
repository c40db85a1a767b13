import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { useFreshRecord } from "../scheduler/serverRecord";
import { useMay } from "../session/hooks";
import { formatToday, viewerTimeZone } from "../time/format";
import { Page } from "../ui/Page";
import { Coming } from "./Coming";
import classes from "./Dashboard.module.css";
import { Glance } from "./Glance";
import { Health } from "./Health";
import { LatelyFired } from "./LatelyFired";
import { Missed } from "./Missed";
import { NextUp } from "./NextUp";

/** `/dashboard`: what happens next, what just happened, what was missed, and whether all is well. */
export function Component() {
  useFreshRecord();
  const may = useMay();
  return (
    <Page
      title="Dashboard"
      detail={`${formatToday()} · ${viewerTimeZone.replaceAll("_", " ")}`}
      actions={
        may("events:write") && (
          <Button component={Link} to="/events/new" leftSection={<IconPlus size={16} stroke={2.2} aria-hidden />}>
            New event
          </Button>
        )
      }
    >
      <div className={classes.grid}>
        <div className={classes.column}>
          <NextUp />
          <Coming />
          <Health />
        </div>
        <div className={classes.column}>
          <Glance />
          <LatelyFired />
          <Missed />
        </div>
      </div>
    </Page>
  );
}
