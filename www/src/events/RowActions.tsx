import { IconBan, IconCheck, IconPencil, type IconProps, IconTrash } from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useNavigate } from "react-router";
import { eventName } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { useMay } from "../session/hooks";
import classes from "./EventTable.module.css";
import { mayEdit } from "./mayEdit";
import { useDecideEvent } from "./mutations";

interface Props {
  readonly row: EventRow;
  readonly onDecline: () => void;
  readonly onDelete: () => void;
}

/** What can be done with one event from the list. Plain buttons: many rows come into being at once. */
export function RowActions({ row, onDecline, onDelete }: Props) {
  const { event } = row;
  const name = eventName(event);
  const navigate = useNavigate();
  const may = useMay();
  const undecided = event.status === "pending_approval" || event.status === "declined";
  const edit = () =>
    navigate({ pathname: `/events/edit/${encodeURIComponent(event.event_id)}`, search: window.location.search });

  return (
    <>
      {may("events:approve") && undecided && <Decisions row={row} onDecline={onDecline} />}
      {mayEdit(may, event) && <Action label="Edit" name={name} icon={IconPencil} onClick={edit} />}
      {may("events:delete") && <Action label="Delete" name={name} icon={IconTrash} onClick={onDelete} />}
    </>
  );
}

function Decisions({ row: { event }, onDecline }: Omit<Props, "onDelete">) {
  const decide = useDecideEvent();
  const name = eventName(event);
  return (
    <>
      <Action
        label="Approve"
        name={name}
        icon={IconCheck}
        tone="green"
        busy={decide.isPending}
        onClick={() => decide.mutate({ event, decision: "approve" })}
      />
      {event.status === "pending_approval" && (
        <Action label="Decline" name={name} icon={IconBan} tone="red" busy={decide.isPending} onClick={onDecline} />
      )}
    </>
  );
}

interface ActionProps {
  readonly label: string;
  readonly name: string;
  readonly icon: ComponentType<IconProps>;
  readonly tone?: "green" | "red";
  readonly busy?: boolean;
  readonly onClick: () => void;
}

function Action({ label, name, icon: Icon, tone, busy = false, onClick }: ActionProps) {
  return (
    <button
      type="button"
      className={classes.action}
      data-tone={tone}
      disabled={busy}
      title={label}
      aria-label={`${label} ${name}`}
      onClick={onClick}
    >
      <Icon size={17} stroke={1.7} aria-hidden />
    </button>
  );
}
