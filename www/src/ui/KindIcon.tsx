import {
  IconCertificate,
  IconCertificateOff,
  IconDoorEnter,
  IconDoorExit,
  IconFlag,
  IconPlayerPlay,
  type IconProps,
} from "@tabler/icons-react";
import type { TriggerKind } from "client-event-scheduler/slim";
import type { ComponentType } from "react";
import { kindTone } from "../scheduler/vocabulary";
import classes from "./KindIcon.module.css";
import tones from "./tones.module.css";

const ICONS: Record<TriggerKind, ComponentType<IconProps>> = {
  registration_open: IconDoorEnter,
  registration_close: IconDoorExit,
  event_start: IconPlayerPlay,
  event_end: IconFlag,
  certificate_start: IconCertificate,
  certificate_end: IconCertificateOff,
};

/** A small mark for a kind of trigger. It always stands beside the kind in words and is hidden from screen readers. */
export function KindIcon({ kind }: { readonly kind: TriggerKind | string }) {
  const Icon = ICONS[kind as TriggerKind] ?? IconFlag;
  return (
    <span className={`${classes.mark} ${tones[kindTone(kind)]}`} aria-hidden>
      <Icon size={15} stroke={1.8} />
    </span>
  );
}
