import { describe, expect, it } from "vitest";
import { extendTo, NOTHING_SELECTED, selectAll, selectNone, toggle } from "./selection";

const order = ["a", "b", "c", "d", "e"];
const ids = ({ chosen }: { readonly chosen: Record<string, true> }) => Object.keys(chosen).sort();

describe("a stretch", () => {
  it("runs from the row that was chosen last to the one that is shown, either way", () => {
    const at = toggle(NOTHING_SELECTED, "c");
    expect(ids(extendTo(at, order, "e"))).toEqual(["c", "d", "e"]);
    expect(ids(extendTo(at, order, "a"))).toEqual(["a", "b", "c"]);
  });

  it("is given back when it is drawn again, and what was selected before stays", () => {
    const before = toggle(toggle(NOTHING_SELECTED, "a"), "c");
    const long = extendTo(before, order, "e");
    expect(ids(long)).toEqual(["a", "c", "d", "e"]);
    expect(ids(extendTo(long, order, "d"))).toEqual(["a", "c", "d"]);
  });

  it("without a beginning in the list is the one row", () => {
    expect(ids(extendTo(NOTHING_SELECTED, order, "b"))).toEqual(["b"]);
    expect(ids(extendTo(toggle(NOTHING_SELECTED, "gone"), order, "b"))).toEqual(["b", "gone"]);
  });
});

it("all and none are those of the list, whatever else is selected", () => {
  const hidden = toggle(NOTHING_SELECTED, "hidden");
  const all = selectAll(hidden, order);
  expect(ids(all)).toEqual([...order, "hidden"]);
  expect(ids(selectNone(all, order))).toEqual(["hidden"]);
});

it("choosing a row again gives it back", () => {
  expect(ids(toggle(toggle(NOTHING_SELECTED, "a"), "a"))).toEqual([]);
});
