import { Button } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { AdminTable } from "../admin/AdminPage";
import adminClasses from "../admin/AdminPage.module.css";
import type { Account } from "../api/sync";
import { useMay } from "../session/hooks";
import { Instant } from "../time/Instant";
import { PageState } from "../ui/PageState";
import classes from "./Providers.module.css";
import { useAccounts, useSyncNow } from "./queries";
import { kindOf, stateTone } from "./states";

interface Props {
  /** Called with an account's id. */
  readonly onShow: (id: string) => void;
}

/** Every account with how it is, and what it is about to do. */
export function AccountTable({ onShow }: Props) {
  const { data, error, isError } = useAccounts();
  if (isError) return <PageState compact title="The accounts could not be loaded" detail={error.message} />;
  // Other words in another place, not the same ones that move.
  if (!data) return <PageState key="loading" compact busy title="Loading the accounts" />;
  if (data.length === 0) {
    return (
      <PageState
        key="none"
        compact
        icon={<IconPlugConnected size={22} aria-hidden />}
        title="No events are read from other systems"
        detail="A new account names a calendar, a JSON endpoint or a registration service. Its events appear on the timeline after the first discovery."
      />
    );
  }
  return (
    <AdminTable
      flush
      label="Accounts"
      columns={["Account", "State", "Events", "Participants", "Calls an hour", "Next", "Actions"]}
    >
      {data.map((account) => (
        <Row key={account.account_id} account={account} onShow={onShow} />
      ))}
    </AdminTable>
  );
}

function Row({ account, onShow }: Props & { readonly account: Account }) {
  const may = useMay();
  const run = useSyncNow();
  const { account_id: id, name, state, error } = account;
  const next = account.next_sync_at ?? account.next_discovery_at;
  return (
    <tr data-testid="account">
      <td data-label="Account">
        <span>
          {name}
          <span className={classes.soft}> · {kindOf(account.provider)}</span>
        </span>
      </td>
      <td data-label="State">
        <span>
          <span className={`${adminClasses.state} ${stateTone(state)}`}>{state}</span>
          {error && <span className={classes.soft}> {error.message}</span>}
        </span>
      </td>
      <td data-label="Events">{account.events}</td>
      <td data-label="Participants">{account.participants}</td>
      <td data-label="Calls an hour">
        <span>
          {Math.ceil(account.calls_needed_per_hour)} of {account.calls_sustained_per_hour}
          {account.overcommitted && <span className={classes.warn}> too few: events are late</span>}
        </span>
      </td>
      <td data-label="Next" className={adminClasses.nowrap}>
        {account.enabled ? <Instant at={Date.parse(next)} /> : "–"}
      </td>
      <td data-label="Actions">
        <span className={classes.actions}>
          <Button variant="default" size="xs" aria-label={`Details of ${name}`} onClick={() => onShow(id)}>
            Details
          </Button>
          {may("scheduler:write") && account.enabled && (
            <Button
              variant="default"
              size="xs"
              loading={run.isPending}
              aria-label={`Sync now: ${name}`}
              onClick={() => run.mutate(id)}
            >
              Sync now
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}
