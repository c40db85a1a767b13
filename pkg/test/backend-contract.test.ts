import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Engine } from "../src/engine/engine.js";
import { type EventInput, systemClock } from "../src/index.js";
import { bulkLoad } from "../src/load/bulk-load.js";
import { rawConfig } from "../src/options.js";
import { changesPage, streamMessage } from "../src/ports/feed-wire.js";
import { silentLogger } from "../src/ports/logger.js";
import { loadWasmSync } from "../src/wasm/loader.js";

const TEXT = readFileSync(new URL("../../docs/backend-contract.md", import.meta.url), "utf8");
const ignore = (): void => undefined;

/** The examples of the document that are JSON. */
const examples = [...TEXT.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, json]) => JSON.parse(json ?? "") as Record<string, unknown>,
);

async function checksumOf(events: readonly EventInput[]): Promise<string> {
  const owner = { changed: ignore, statusChanged: ignore, fired: ignore, undelivered: ignore, rebuilt: ignore };
  const module = loadWasmSync();
  const engine = new Engine({ module, config: rawConfig({}), clock: systemClock, logger: silentLogger, owner });
  await bulkLoad(engine, events);
  const checksum = engine.checksum();
  engine.dispose();
  return checksum;
}

describe("the contract for back ends", () => {
  it("has an example of the checksum that the core computes", async () => {
    const events = examples[0]?.events as EventInput[];
    expect(TEXT).toContain(`| checksum | | \`${await checksumOf(events)}\``);
    for (const event of events) {
      expect(TEXT).toContain(`\`${await checksumOf([event])}\` |`);
    }
  });

  it("has examples that the transport reads", () => {
    expect(changesPage(examples[1])).toMatchObject({
      nextCursor: "4f1c.19",
      changes: [{ eventId: "gala" }, { eventId: "draft", deleted: true, revision: 2 }],
    });
    const stream = /```\n(event: change[\s\S]*?)```/.exec(TEXT)?.[1] ?? "";
    const messages = stream
      .trim()
      .split("\n\n")
      .map((block) => {
        const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
        return streamMessage(field("event"), field("id"), field("data") ?? "");
      });
    expect(messages).toMatchObject([
      { type: "change", cursor: "4f1c.20", change: { eventId: "gala" } },
      { type: "bookmark", cursor: "4f1c.20" },
      { type: "heartbeat" },
    ]);
  });
});
