import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../session/hooks";
import { Page } from "../ui/Page";
import { Panel } from "../ui/Panel";
import { AccountDetails } from "./AccountDetails";
import { AccountDialog } from "./AccountDialog";
import { AccountTable } from "./AccountTable";

/** `/providers`: events that live in other systems. */
export function Component() {
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  return (
    <Page
      title="Providers"
      detail="Events that live in other systems: read from there, the more often the nearer they are."
      actions={
        may("scheduler:write") && (
          <Button leftSection={<IconPlus size={16} stroke={2.2} aria-hidden />} onClick={() => setCreating(true)}>
            New account
          </Button>
        )
      }
    >
      <Panel title="Accounts" flush>
        <AccountTable onShow={setShown} />
      </Panel>
      <AccountDialog opened={creating} onClose={() => setCreating(false)} onSaved={setShown} />
      <AccountDetails id={shown} onClose={() => setShown(null)} />
    </Page>
  );
}
