import { ActionIcon, Tooltip } from "@mantine/core";
import { IconBan, IconCheck, IconPencil, type IconProps, IconTrash } from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useLocation, useNavigate } from "react-router";
import { eventName } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { useMay } from "../session/hooks";
import { mayEdit } from "./mayEdit";
import { useDecideEvent } from "./mutations";

interface Props {
  readonly row: EventRow;
  readonly onDelete: () => void;
}

/** What can be done with one event from the list. */
export function RowActions({ row, onDelete }: Props) {
  const { event } = row;
  const name = eventName(event);
  const navigate = useNavigate();
  const location = useLocation();
  const decide = useDecideEvent();
  const may = useMay();
  const pending = event.status === "pending_approval";
  const edit = () =>
    navigate({ pathname: `/events/edit/${encodeURIComponent(event.event_id)}`, search: location.search });

  return (
    <>
      {may("events:approve") && (pending || event.status === "declined") && (
        <Action
          label="Approve"
          name={name}
          icon={IconCheck}
          color="green"
          busy={decide.isPending}
          onClick={() => decide.mutate({ event, decision: "approve" })}
        />
      )}
      {may("events:approve") && pending && (
        <Action
          label="Decline"
          name={name}
          icon={IconBan}
          color="orange"
          busy={decide.isPending}
          onClick={() => decide.mutate({ event, decision: "decline" })}
        />
      )}
      {mayEdit(may, event) && <Action label="Edit" name={name} icon={IconPencil} color="gray" onClick={edit} />}
      {may("events:delete") && <Action label="Delete" name={name} icon={IconTrash} color="gray" onClick={onDelete} />}
    </>
  );
}

interface ActionProps {
  readonly label: string;
  readonly name: string;
  readonly icon: ComponentType<IconProps>;
  readonly color: string;
  readonly busy?: boolean;
  readonly onClick: () => void;
}

function Action({ label, name, icon: Icon, color, busy = false, onClick }: ActionProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        size={32}
        color={color}
        disabled={busy}
        aria-label={`${label} ${name}`}
        onClick={onClick}
      >
        <Icon size={17} stroke={1.7} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
