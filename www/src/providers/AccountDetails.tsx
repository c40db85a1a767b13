import { Button, Drawer, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { Confirm, type Question } from "../admin/Confirm";
import type { Account, ProvidedEvent, Sync } from "../api/sync";
import { useMay } from "../session/hooks";
import { Instant } from "../time/Instant";
import { EventLink } from "../ui/EventLink";
import { PageState } from "../ui/PageState";
import { PanelNote } from "../ui/Panel";
import { AccountDialog } from "./AccountDialog";
import classes from "./Providers.module.css";
import { useAccountEvents, useAccounts, useChangeAccount, useRemoveAccount, useSyncs } from "./queries";
import { kindOf, tellsParticipants } from "./states";

interface Props {
  /** The account that is shown; nothing where that is `null`. */
  readonly id: string | null;
  readonly onClose: () => void;
}

/** What is known of one account: its budget, its events, and every sync. */
export function AccountDetails({ id, onClose }: Props) {
  const { data } = useAccounts();
  const account = data?.find(({ account_id }) => account_id === id);
  return (
    <Drawer opened={id !== null} onClose={onClose} position="right" size="lg" title={account?.name ?? "Account"}>
      {account ? (
        <Details account={account} onClose={onClose} />
      ) : (
        <PageState compact busy title="Loading the account" />
      )}
    </Drawer>
  );
}

function Details({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const events = useAccountEvents(account.account_id);
  const syncs = useSyncs(account.account_id);
  return (
    <Stack gap="lg">
      <Facts account={account} />
      <section>
        <h3>Events</h3>
        {events.data?.events.length === 0 && <PanelNote>It has told of no event yet.</PanelNote>}
        <ul className={classes.list} aria-label="Events">
          {events.data?.events.map((event) => (
            <Provided key={event.event_key} event={event} counted={tellsParticipants(account.provider)} />
          ))}
        </ul>
        {events.data?.more && <PanelNote>The list is not shown to its end.</PanelNote>}
      </section>
      <section>
        <h3>Syncs</h3>
        {syncs.data?.length === 0 && <PanelNote>None yet.</PanelNote>}
        <ul className={classes.list} aria-label="Syncs">
          {syncs.data?.map((sync) => (
            <Ended key={sync.sync_id} sync={sync} />
          ))}
        </ul>
      </section>
      <Ending account={account} onDone={onClose} />
    </Stack>
  );
}

function Facts({ account }: { readonly account: Account }) {
  return (
    <dl className={classes.facts}>
      <dt>Provider</dt>
      <dd>{kindOf(account.provider)}</dd>
      <dt>State</dt>
      <dd>
        {account.state}
        {account.error && <span className={classes.soft}>: {account.error.message}</span>}
      </dd>
      <dt>Listed next</dt>
      <dd>
        <Instant at={Date.parse(account.next_discovery_at)} />
        <span className={classes.soft}> · at 06:00 and 18:00 in {account.time_zone.replaceAll("_", " ")}</span>
      </dd>
      <dt>Asked next</dt>
      <dd>
        {account.next_sync_at ? <Instant at={Date.parse(account.next_sync_at)} /> : "for nothing before the next list"}
      </dd>
      <dt>Calls</dt>
      <dd>
        {account.calls_available} at once now, {account.calls_per_hour} in any hour;{" "}
        {Math.ceil(account.calls_needed_per_hour)} an hour are needed
      </dd>
      <dt>Waiting</dt>
      <dd>
        {account.waiting}, of which {account.missed} late
      </dd>
      <dt>Credentials</dt>
      <dd>{account.has_credentials ? "kept sealed" : "none"}</dd>
      <dt>Id</dt>
      <dd>
        <code>{account.account_id}</code>
      </dd>
    </dl>
  );
}

const MINUTE_MS = 60_000;

/** `counted`: whether its provider tells who takes part. */
function Provided({ event, counted }: { readonly event: ProvidedEvent; readonly counted: boolean }) {
  const every = event.every_ms ? `every ${event.every_ms / MINUTE_MS} min` : "not asked for any more";
  return (
    <li>
      <span>
        <EventLink eventId={event.event_id} />
        {event.start_at && (
          <span className={classes.soft}>
            {" "}
            · <Instant at={Date.parse(event.start_at)} />
          </span>
        )}
        {event.changed_here.length > 0 && (
          <span className={classes.soft}> · changed here: {event.changed_here.join(", ")}</span>
        )}
        {event.error && <span className={classes.warn}> · {event.error.message}</span>}
      </span>
      <span className={classes.soft}>
        {counted && `${event.participants} participants · `}
        {event.presence === "missing" ? "not listed any more" : every}
        {event.next_sync_at && (
          <>
            , next <Instant at={Date.parse(event.next_sync_at)} />
          </>
        )}
      </span>
    </li>
  );
}

function Ended({ sync }: { readonly sync: Sync }) {
  const counts = [
    `${sync.seen} told`,
    sync.created > 0 && `${sync.created} new`,
    sync.changed > 0 && `${sync.changed} changed`,
    sync.removed > 0 && `${sync.removed} removed`,
    sync.refused > 0 && !sync.error && `${sync.refused} unreadable`,
  ].filter((text) => text !== false);
  // Where nothing was told, the counts tell nothing either.
  const words = [...(sync.seen === 0 && sync.error ? [] : counts), ...(sync.error ? [sync.error.message] : [])];
  return (
    <li>
      <span>
        <Instant at={Date.parse(sync.began_at)} /> · {sync.kind}
        {sync.event_key && <span className={classes.soft}> of {sync.event_key}</span>}
      </span>
      <span className={sync.error ? classes.warn : classes.soft}>{words.join(", ")}</span>
    </li>
  );
}

function Ending({ account, onDone }: { readonly account: Account; readonly onDone: () => void }) {
  const may = useMay();
  const change = useChangeAccount();
  const remove = useRemoveAccount();
  const [question, setQuestion] = useState<Question | null>(null);
  const [editing, setEditing] = useState(false);
  if (!may("scheduler:write")) return null;
  const { account_id: id, enabled, name } = account;
  const ask = () =>
    setQuestion({
      title: "Remove this account?",
      text: `${name} is not read any more, and who takes part is forgotten. Its events stay, as events of this server.`,
      confirm: "Remove",
      onConfirm: () => remove.mutate(id, { onSuccess: onDone }),
    });
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={() => setEditing(true)}>
        Edit
      </Button>
      <AccountDialog opened={editing} account={account} onClose={() => setEditing(false)} />
      <Button
        variant="default"
        loading={change.isPending}
        onClick={() => change.mutate({ id, changes: { enabled: !enabled } })}
      >
        {enabled ? "Stop syncing" : "Sync again"}
      </Button>
      <Button variant="default" color="red" onClick={ask}>
        Remove
      </Button>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </Group>
  );
}
