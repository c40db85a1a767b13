import { expect, it } from "vitest";
import { DEFAULT_QUERY, readAddress, writeAddress } from "./listAddress";
import type { ListQuery } from "./listQuery";

const full: ListQuery = {
  search: "café run",
  status: "upcoming",
  subStatus: ["registration_open", "registration_closed"],
  approval: ["approved"],
  zone: ["Europe/Vienna", "America/New_York"],
  from: "2026-11-01",
  until: "2026-12-31",
  sort: { by: "start", descending: false },
  columns: ["dates", "zone"],
};

it("an address gives back the very list that it was written from", () => {
  expect(readAddress(writeAddress(full))).toEqual(full);
  expect(readAddress(new URLSearchParams(writeAddress(full).toString()))).toEqual(full);
});

it("the usual list has an empty address", () => {
  expect(writeAddress(DEFAULT_QUERY).toString()).toBe("");
  expect(readAddress(new URLSearchParams())).toEqual(DEFAULT_QUERY);
});

it("what an address has wrong counts as not said", () => {
  const params = new URLSearchParams("status=odd&sort=luck&order=up&approval=approved,maybe&from=soon&until=2026-1-1");
  expect(readAddress(params)).toEqual({ ...DEFAULT_QUERY, approval: ["approved"] });
});

it("sorts by the latest start first, unless the address says otherwise", () => {
  expect(readAddress(new URLSearchParams("sort=start")).sort).toEqual({ by: "start", descending: true });
  expect(readAddress(new URLSearchParams("sort=start&order=asc")).sort).toEqual({ by: "start", descending: false });
});

it("leaves parameters alone that are not the list's", () => {
  const before = new URLSearchParams("view=queue&search=old");
  expect(writeAddress(DEFAULT_QUERY, before).toString()).toBe("view=queue");
});
