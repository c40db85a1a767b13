import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { httpTransport, init } from "../src/slim.js";
import { FeedServer } from "./support/feed-server.js";

// What it imports is the default entry, which knows where all parts are.
vi.mock("./support/schedulers.js", () => ({ afterTest: () => undefined }));

it("/slim without the part for it goes by the device's clock, says so once, and follows the back end all the same", async () => {
  await init(readFileSync(new URL("../wasm/client_event_scheduler_bg.wasm", import.meta.url)));
  const { ClientEventScheduler } = await import("../src/slim.js");
  const server = await FeedServer.start();
  server.clock = () => Date.now();
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (line: string) => void warnings.push(line) };
  const scheduler = new ClientEventScheduler({ transport: httpTransport({ baseUrl: server.baseUrl }), logger });
  scheduler.start();
  await expect.poll(() => scheduler.health().sync.state, { timeout: 15_000 }).toBe("streaming");
  scheduler.stop();
  scheduler.start();
  await expect.poll(() => scheduler.health().sync.state, { timeout: 15_000 }).toBe("streaming");
  expect(server.requests).toEqual(["/snapshot", "/stream", "/changes", "/stream"]);
  expect(scheduler.health().clock).toEqual({ source: "device", offsetMs: null, boundMs: null });
  expect(warnings.filter((line) => line.includes("clock"))).toHaveLength(1);
  scheduler.dispose();
  await server.close();
});
