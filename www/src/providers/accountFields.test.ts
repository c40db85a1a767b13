import { describe, expect, it } from "vitest";
import type { Account } from "../api/sync";
import { changesOf, fieldsOf } from "./accountFields";

const account = (provider: object) =>
  ({
    account_id: "club",
    name: "The club",
    provider,
    time_zone: "Europe/Vienna",
    calls_per_hour: 1000,
  }) as Account;

const CALENDAR = account({ kind: "icalendar", url: "https://example.org/a.ics", time_zone: "Europe/Vienna" });
const RACES = account({ kind: "runsignup", url: "https://example.org", results_per_page: 500 });
const ENDPOINT = account({ kind: "json", url: "https://example.org/events", key: "/id", fields: {}, next: "/next" });

describe("the changes of an account", () => {
  it.each([CALENDAR, RACES, ENDPOINT])("are none where nothing was changed: $provider.kind", (account) => {
    expect(changesOf(account, fieldsOf(account))).toEqual({});
  });

  it("name only what is different, and credentials only where new ones are given", () => {
    expect(changesOf(RACES, { ...fieldsOf(RACES), name: "Club", calls: 5 })).toEqual({
      name: "Club",
      calls_per_hour: 5,
    });
    expect(changesOf(CALENDAR, { ...fieldsOf(CALENDAR), secret: "s" })).toEqual({
      credentials: { kind: "bearer", token: "s" },
    });
  });

  it("keep what the form does not know of a provider, and nothing of another kind", () => {
    const moved = {
      ...fieldsOf(ENDPOINT),
      mapping: '{"url": "https://example.org/new", "key": "/id", "next": "/next"}',
    };
    expect(changesOf(ENDPOINT, moved)).toEqual({
      provider: { kind: "json", url: "https://example.org/new", key: "/id", next: "/next" },
    });
    const other = { ...fieldsOf(RACES), kind: "icalendar" as const, url: "https://example.org/a.ics" };
    expect(changesOf(RACES, other)).toEqual({
      provider: { kind: "icalendar", url: "https://example.org/a.ics", time_zone: "Europe/Vienna", horizon_days: 366 },
    });
  });

  it("move a calendar's own zone along", () => {
    expect(changesOf(CALENDAR, { ...fieldsOf(CALENDAR), timeZone: "UTC" })).toEqual({
      provider: { kind: "icalendar", url: "https://example.org/a.ics", time_zone: "UTC", horizon_days: 366 },
      time_zone: "UTC",
    });
  });

  it("say for how long a calendar's recurring events are listed", () => {
    expect(changesOf(CALENDAR, { ...fieldsOf(CALENDAR), horizonDays: 90 })).toEqual({
      provider: { kind: "icalendar", url: "https://example.org/a.ics", time_zone: "Europe/Vienna", horizon_days: 90 },
    });
  });
});
