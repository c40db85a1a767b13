import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconBan, IconCheck, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { DeclineEventDialog } from "../events/DeclineEventDialog";
import { DeleteEventDialog } from "../events/DeleteEventDialog";
import { mayEdit } from "../events/mayEdit";
import { useDecideEvent } from "../events/mutations";
import type { EventDocument } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { useMay } from "../session/hooks";
import { eventPath } from "../ui/eventPath";

/** What can be done with the event, by who may do it. */
export function EventActions({ event }: { readonly event: EventDocument }) {
  const may = useMay();
  const decide = useDecideEvent();
  const navigate = useNavigate();
  const row = useEventIndex().byId.get(event.event_id) ?? null;
  const [asking, setAsking] = useState<"delete" | "decline" | null>(null);
  const close = () => setAsking(null);
  const pending = event.status === "pending_approval";
  return (
    <>
      {may("events:approve") && (pending || event.status === "declined") && (
        <Button
          leftSection={<IconCheck size={16} stroke={2} aria-hidden />}
          loading={decide.isPending}
          onClick={() => decide.mutate({ event, decision: "approve" })}
        >
          Approve
        </Button>
      )}
      {may("events:approve") && pending && (
        <Button
          variant="default"
          leftSection={<IconBan size={16} stroke={1.7} aria-hidden />}
          loading={decide.isPending}
          onClick={() => setAsking("decline")}
        >
          Decline
        </Button>
      )}
      {mayEdit(may, event) && (
        <Button
          variant="default"
          component={Link}
          to={`${eventPath(event.event_id)}/edit`}
          leftSection={<IconPencil size={16} stroke={1.7} aria-hidden />}
        >
          Edit
        </Button>
      )}
      {may("events:delete") && row && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label="More actions">
              <IconDots size={17} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={16} stroke={1.7} aria-hidden />}
              onClick={() => setAsking("delete")}
            >
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <DeclineEventDialog
        event={asking === "decline" ? event : null}
        onClose={close}
        onDecline={(reason) => decide.mutate({ event, decision: "decline", reason })}
      />
      <DeleteEventDialog row={asking === "delete" ? row : null} onClose={close} onDelete={() => navigate("/events")} />
    </>
  );
}
