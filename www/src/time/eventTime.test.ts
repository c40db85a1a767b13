import { describe, expect, it } from "vitest";
import { toInstant, toLocalReading } from "./eventTime";

describe("toLocalReading", () => {
  it.each([
    ["2026-11-23T14:05:09", "Asia/Kolkata", "2026-11-23T14:05:09"],
    ["2026-11-23 14:05", "Asia/Kolkata", "2026-11-23T14:05:00"],
    ["2026-11-23T14:05:09.250", "Asia/Kolkata", "2026-11-23T14:05:09"],
    ["2026-11-23", "Asia/Kolkata", "2026-11-23T00:00:00"],
    ["2026-11-23T08:35:00Z", "Asia/Kolkata", "2026-11-23T14:05:00"],
    ["2026-11-23T09:35:00+01:00", "Asia/Kolkata", "2026-11-23T14:05:00"],
    [Date.UTC(2026, 10, 23, 18, 30), "Asia/Kolkata", "2026-11-24T00:00:00"],
    ["next Tuesday", "Asia/Kolkata", ""],
    [null, "Asia/Kolkata", ""],
    [undefined, "Asia/Kolkata", ""],
  ])("reads %s in %s as %s", (value, timeZone, reading) => {
    expect(toLocalReading(value, timeZone)).toBe(reading);
  });
});

describe("toInstant", () => {
  it.each([
    ["2026-07-01T12:00:00", "Europe/Vienna", "2026-07-01T10:00:00.000Z"],
    ["2026-12-01T12:00:00", "Europe/Vienna", "2026-12-01T11:00:00.000Z"],
    ["2026-12-01", "Etc/GMT+12", "2026-12-01T12:00:00.000Z"],
    ["2026-03-29T03:00:00", "Europe/Vienna", "2026-03-29T01:00:00.000Z"],
    ["2026-03-29T02:30:00", "Europe/Vienna", "2026-03-29T01:30:00.000Z"],
    ["2026-10-25T02:30:00", "Europe/Vienna", "2026-10-25T00:30:00.000Z"],
    ["2026-10-25T03:30:00", "Europe/Vienna", "2026-10-25T02:30:00.000Z"],
    ["2026-11-01T01:30:00", "America/New_York", "2026-11-01T05:30:00.000Z"],
    ["2026-12-01T12:00:00Z", undefined, "2026-12-01T12:00:00.000Z"],
    ["2026-12-01T12:00:00-05:00", "Europe/Vienna", "2026-12-01T17:00:00.000Z"],
  ])("takes %s in %s for %s", (value, timeZone, iso) => {
    expect(toInstant(value, timeZone)).toBe(Date.parse(iso));
  });

  it("has no answer without a zone that this browser knows", () => {
    expect(toInstant("2026-12-01T12:00:00", undefined)).toBeUndefined();
    expect(toInstant("2026-12-01T12:00:00", "America/Montréal")).toBeUndefined();
    expect(toInstant("soon", "UTC")).toBeUndefined();
  });
});
