import { useMemo, useState } from "react";
import { useMay } from "../../session/hooks";
import { viewerTimeZone } from "../../time/format";
import { useCreateEvent } from "../mutations";
import { EventDrawer, useCloseDrawer } from "./EventDrawer";
import { EventForm } from "./EventForm";
import { newEventId } from "./eventId";
import { emptyForm, toNewEvent } from "./formModel";

/** `/events/new` */
export function Component() {
  const create = useCreateEvent();
  const close = useCloseDrawer();
  const [dirty, setDirty] = useState(false);
  const approves = useMay()("events:approve");
  const initial = useMemo(() => ({ ...emptyForm(viewerTimeZone), approval_required: !approves }), [approves]);
  return (
    <EventDrawer title="New event" guarded={dirty}>
      <EventForm
        initial={initial}
        submitLabel="Create event"
        approves={approves}
        onDirtyChange={setDirty}
        onCancel={close}
        onSubmit={async (values) => {
          await create.mutateAsync(toNewEvent(newEventId(values.event_name), values));
          close();
        }}
        toPreview={(values) => toNewEvent("preview", values)}
      />
    </EventDrawer>
  );
}
