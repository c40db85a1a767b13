import { describe, expect, it, vi } from "vitest";
import { Claims } from "../src/tabs/claims.js";
import type { TriggerDelivery } from "../src/types/triggers.js";
import { settle } from "./support/profile.js";

const delivery = (sequence: number): TriggerDelivery => ({ sequence }) as TriggerDelivery;

/** Claims whose time passes as the test says. */
function claims(parts: { claim?: (claim: number) => boolean; claimTakesMs?: number; hangsAt?: number }) {
  let now = 0;
  let asked = 0;
  const run: number[] = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const made = new Claims({
    claim: async () => {
      asked += 1;
      now += parts.claimTakesMs ?? 1;
      return parts.claim?.(asked) ?? true;
    },
    run: ({ sequence }) => {
      run.push(sequence);
      now += sequence === parts.hangsAt ? 30_000 : 1;
    },
  });
  return { claims: made, run, asked: () => asked };
}

describe("what was claimed", () => {
  it("is run in order, after one claim for all of it", async () => {
    const { claims: made, run, asked } = claims({});
    made.put([1, 2, 3].map(delivery));
    await settle();
    expect([run, asked()]).toEqual([[1, 2, 3], 1]);
  });

  it("is not run when a handler before it has hung for so long that another tab may have run it", async () => {
    const { claims: made, run, asked } = claims({ hangsAt: 2, claim: (claim) => claim === 1 });
    made.put([1, 2, 3, 4].map(delivery));
    await settle();
    expect([run, asked()]).toEqual([[1, 2], 2]);
  });

  it("is run after all when no other tab has", async () => {
    const { claims: made, run, asked } = claims({ hangsAt: 2 });
    made.put([1, 2, 3, 4].map(delivery));
    await settle();
    expect([run, asked()]).toEqual([[1, 2, 3, 4], 2]);
  });

  it("is claimed anew when the tab has hung between the claim and the first handler", async () => {
    const { claims: made, run, asked } = claims({ claimTakesMs: 30_000, claim: (claim) => claim === 1 });
    made.put([delivery(1)]);
    await settle();
    expect([run, asked()]).toEqual([[], 2]);
  });

  it("is run in the end where the storage is slow", async () => {
    const { claims: made, run } = claims({ claimTakesMs: 6000 });
    made.put([1, 2].map(delivery));
    await settle();
    expect(run).toEqual([1, 2]);
  });
});
