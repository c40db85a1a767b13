import { Button, Menu } from "@mantine/core";
import {
  IconArrowsRightLeft,
  IconBan,
  IconCalendarEvent,
  IconCheck,
  IconCircleOff,
  IconDots,
  type IconProps,
  IconTrash,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useMay } from "../../session/hooks";
import classes from "./Bulk.module.css";
import { BULK_NEEDS, type BulkType } from "./bulkAction";

interface Offer {
  readonly type: BulkType;
  readonly label: string;
  readonly icon: ComponentType<IconProps>;
}

const OFFERS: readonly Offer[] = [
  { type: "approve", label: "Approve", icon: IconCheck },
  { type: "decline", label: "Decline", icon: IconBan },
  { type: "shift", label: "Shift dates", icon: IconArrowsRightLeft },
  { type: "reschedule", label: "Reschedule", icon: IconCalendarEvent },
  { type: "cancel", label: "Cancel", icon: IconCircleOff },
  { type: "delete", label: "Delete", icon: IconTrash },
];

interface Props {
  readonly count: number;
  /** How many of them the list does not show at present. */
  readonly hidden: number;
  readonly onAsk: (type: BulkType) => void;
  readonly onClear: () => void;
}

/** What can be done with the selected events, as far as the user may. */
export function BulkBar({ count, hidden, onAsk, onClear }: Props) {
  const may = useMay();
  const offers = OFFERS.filter(({ type }) => may(BULK_NEEDS[type]));
  return (
    <section className={classes.bar} aria-label="Selected events">
      <strong role="status">
        {count.toLocaleString()} selected
        {hidden > 0 && <span className={classes.hidden}>, {hidden.toLocaleString()} not shown</span>}
      </strong>
      <div className={classes.actions}>
        {offers.map(({ type, label, icon: Icon }) => (
          <Button
            key={type}
            size="compact-sm"
            variant="default"
            leftSection={<Icon size={14} stroke={1.8} aria-hidden />}
            onClick={() => onAsk(type)}
          >
            {label} …
          </Button>
        ))}
      </div>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <Button
            className={classes.menu}
            size="compact-sm"
            variant="default"
            leftSection={<IconDots size={14} stroke={1.8} aria-hidden />}
          >
            Actions
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {offers.map(({ type, label, icon: Icon }) => (
            <Menu.Item key={type} leftSection={<Icon size={15} stroke={1.8} aria-hidden />} onClick={() => onAsk(type)}>
              {label} …
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
        Clear
      </Button>
    </section>
  );
}
