import { useMemo, useState } from "react";
import { useParams } from "react-router";
import type { EventDocument } from "../../scheduler/eventFields";
import { useMay } from "../../session/hooks";
import { viewerTimeZone } from "../../time/format";
import { PageState } from "../../ui/PageState";
import { mayEdit } from "../mayEdit";
import { mergePatch, useUpdateEvent } from "../mutations";
import { EventDrawer, useCloseDrawer } from "./EventDrawer";
import { EventForm } from "./EventForm";
import { toForm, toPatch } from "./formModel";
import { useEditedEvent } from "./useEditedEvent";

/** `/events/edit/:eventId` over the list, `/events/:eventId/edit` over the event. */
export function Component() {
  const { eventId = "" } = useParams();
  const { event, loading, problem } = useEditedEvent(eventId);
  const [dirty, setDirty] = useState(false);
  const close = useCloseDrawer();
  return (
    <EventDrawer title="Edit event" guarded={dirty}>
      {event ? (
        <EditForm key={eventId} current={event} onDirtyChange={setDirty} />
      ) : loading ? (
        <PageState busy title="Loading the event" />
      ) : (
        <PageState
          title={problem ? "The event could not be loaded" : "This event does not exist"}
          detail={problem ?? "It may have been deleted since the link was made."}
          action={{ label: "Back", onClick: close }}
        />
      )}
    </EventDrawer>
  );
}

interface Props {
  readonly current: EventDocument;
  readonly onDirtyChange: (dirty: boolean) => void;
}

/** Edits the event as it was when the form was opened; a change made elsewhere meanwhile is offered, never overwritten. */
function EditForm({ current, onDirtyChange }: Props) {
  const [opened, setOpened] = useState(current);
  const initial = useMemo(() => toForm(opened, viewerTimeZone), [opened]);
  const update = useUpdateEvent();
  const close = useCloseDrawer();
  const may = useMay();
  return (
    <EventForm
      initial={initial}
      submitLabel="Save changes"
      approves={may("events:approve")}
      locked={!mayEdit(may, opened)}
      onDirtyChange={onDirtyChange}
      onCancel={close}
      onReload={() => setOpened(current)}
      onSubmit={async (values) => {
        const patch = toPatch(opened, values, viewerTimeZone);
        if (Object.keys(patch).length > 0) await update.mutateAsync({ event: opened, patch });
        close();
      }}
      toPreview={(values) => mergePatch(opened, toPatch(opened, values, viewerTimeZone))}
    />
  );
}
