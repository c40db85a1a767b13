import type { Account, AccountChanges, NewAccount } from "../api/sync";
import { viewerTimeZone } from "../time/format";

export type Kind = "runsignup" | "icalendar" | "json";

/** What the form of an account asks for. */
export interface AccountFields {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  readonly url: string;
  readonly mapping: string;
  readonly key: string;
  readonly secret: string;
  readonly timeZone: string;
  readonly horizonDays: number;
  readonly calls: number;
}

const EXAMPLE = {
  url: "https://example.org/events",
  items: "/data",
  key: "/id",
  fields: { event_name: "/name", start_datetime: "/start", end_datetime: "/end" },
};

const asText = (mapping: object) => JSON.stringify(mapping, null, 2);

const EMPTY: AccountFields = {
  id: "",
  name: "",
  kind: "icalendar",
  url: "",
  mapping: asText(EXAMPLE),
  key: "",
  secret: "",
  timeZone: viewerTimeZone,
  horizonDays: 366,
  calls: 1_000,
};

interface Provider {
  readonly kind: Kind;
  readonly url?: string;
  readonly horizon_days?: number;
}

/** The fields of an account, of a new one where there is none. Its credentials are sealed: nothing tells them. */
export function fieldsOf(account: Account | null): AccountFields {
  if (account === null) return EMPTY;
  const { kind, ...provider } = account.provider as unknown as Provider;
  return {
    ...EMPTY,
    id: account.account_id,
    name: account.name,
    kind,
    url: provider.url ?? "",
    mapping: kind === "json" ? asText(provider) : EMPTY.mapping,
    timeZone: account.time_zone,
    horizonDays: provider.horizon_days ?? EMPTY.horizonDays,
    calls: account.calls_per_hour,
  };
}

/** The mapping of an endpoint as an object; `problem` where it is none. */
export function readMapping({ kind, mapping }: AccountFields): {
  readonly value?: object;
  readonly problem?: string;
} {
  if (kind !== "json") return {};
  try {
    return { value: JSON.parse(mapping) as object };
  } catch {
    return { problem: "This is no JSON yet." };
  }
}

/** The body of a request that adds an account. */
export function bodyOf(fields: AccountFields): NewAccount {
  const { id, name, timeZone, calls } = fields;
  return {
    account_id: id,
    name,
    provider: providerOf(fields, {}),
    credentials: credentialsOf(fields),
    time_zone: timeZone,
    calls_per_hour: calls,
  };
}

/** What is different from an account as it was. Credentials that were left empty stay as they are. */
export function changesOf(account: Account, fields: AccountFields): AccountChanges {
  const before = fieldsOf(account);
  const { name, kind, timeZone, calls } = fields;
  // Settings that the form does not know stay, as long as it is the same provider.
  const known = kind === before.kind ? (account.provider as object) : {};
  const ofProvider = ["kind", "url", "mapping", "horizonDays"] as const;
  const otherProvider = ofProvider.some((field) => fields[field] !== before[field]);
  return {
    ...(name !== before.name && { name }),
    ...((otherProvider || (kind === "icalendar" && timeZone !== before.timeZone)) && {
      provider: providerOf(fields, known),
    }),
    ...((fields.secret !== "" || fields.key !== "") && { credentials: credentialsOf(fields) }),
    ...(timeZone !== before.timeZone && { time_zone: timeZone }),
    ...(calls !== before.calls && { calls_per_hour: calls }),
  };
}

function providerOf(fields: AccountFields, known: object): object {
  const { kind, url, timeZone, horizonDays } = fields;
  switch (kind) {
    case "json":
      return { kind, ...readMapping(fields).value };
    case "icalendar":
      return { ...known, kind, url, time_zone: timeZone, horizon_days: horizonDays };
    case "runsignup":
      return { ...known, kind };
  }
}

function credentialsOf({ kind, key, secret }: AccountFields): object {
  if (kind === "runsignup") return { kind: "api_key", key, secret };
  return secret === "" ? { kind: "none" } : { kind: "bearer", token: secret };
}
