import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconMinus, IconPlus, type IconProps } from "@tabler/icons-react";
import type { ComponentType } from "react";
import { formatDateRange } from "../time/format";
import type { Extent } from "./items";
import classes from "./Timeline.module.css";
import { PAN_SHARE, ZOOM_TIMES } from "./useCursor";
import type { Camera } from "./useGestures";
import { firstView } from "./view";

interface Props {
  readonly view: Extent;
  readonly camera: Camera;
  readonly now: number;
  /** From before the first event to after the last. */
  readonly bounds: Extent;
}

/** Through time without a mouse, and what is in view in words. */
export function TimelineControls({ view, camera, now, bounds }: Props) {
  return (
    <div className={classes.controls}>
      <Control label="Earlier" icon={IconChevronLeft} onClick={() => camera.panBy(-PAN_SHARE)} />
      <Button variant="default" size="compact-sm" onClick={() => camera.show(firstView(now))}>
        Today
      </Button>
      <Control label="Later" icon={IconChevronRight} onClick={() => camera.panBy(PAN_SHARE)} />
      <span className={classes.range} role="status">
        {formatDateRange(view.from, view.until)}
      </span>
      <Control label="Zoom out" icon={IconMinus} onClick={() => camera.zoomBy(1 / ZOOM_TIMES)} />
      <Control label="Zoom in" icon={IconPlus} onClick={() => camera.zoomBy(ZOOM_TIMES)} />
      <Button variant="default" size="compact-sm" onClick={() => camera.show(bounds)}>
        All
      </Button>
    </div>
  );
}

interface ControlProps {
  readonly label: string;
  readonly icon: ComponentType<IconProps>;
  readonly onClick: () => void;
}

function Control({ label, icon: Icon, onClick }: ControlProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={28} aria-label={label} onClick={onClick}>
        <Icon size={16} stroke={1.8} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
