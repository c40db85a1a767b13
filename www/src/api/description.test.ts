import { expect, it } from "vitest";
import { fillIn } from "./description";

it("fills the parameters of an address in, encoded", () => {
  expect(fillIn("/api/v1/admin/events/list", {})).toBe("/api/v1/admin/events/list");
  expect(fillIn("/a/{event_id}/{x}", { event_id: "50% off/?", x: "1" })).toBe("/a/50%25%20off%2F%3F/1");
});
