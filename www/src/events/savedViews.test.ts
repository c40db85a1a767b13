// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest";
import { ViewStore } from "./savedViews";

beforeEach(() => localStorage.clear());

it("keeps the views of each user apart", () => {
  new ViewStore("ada", localStorage).save({ name: "Mine", address: "status=upcoming" });
  expect(new ViewStore("ada", localStorage).read()).toEqual([{ name: "Mine", address: "status=upcoming" }]);
  expect(new ViewStore("bob", localStorage).read()).toEqual([]);
});

it("a view of the same name takes the place of the old one", () => {
  const store = new ViewStore("ada", localStorage);
  store.save({ name: "First", address: "a=1" });
  store.save({ name: "Second", address: "" });
  store.save({ name: "First", address: "a=2" });
  expect(store.read()).toEqual([
    { name: "First", address: "a=2" },
    { name: "Second", address: "" },
  ]);
  store.remove("First");
  expect(store.read().map(({ name }) => name)).toEqual(["Second"]);
});

it("gives the same array until something changes, also in another tab", () => {
  const [here, there] = [new ViewStore("ada", localStorage), new ViewStore("ada", localStorage)];
  here.save({ name: "Mine", address: "" });
  const before = here.read();
  expect(here.read()).toBe(before);
  there.remove("Mine");
  expect(here.read()).toEqual([]);
});

it.each(["{", "7", '[{"name":""}]', '[{"address":"x"}]'])("what cannot be read counts as none: %s", (text) => {
  localStorage.setItem("ces-views:ada", text);
  expect(new ViewStore("ada", localStorage).read()).toEqual([]);
});
