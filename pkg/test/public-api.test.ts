import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as main from "../src/index.js";
import * as integrations from "../src/integrations/index.js";
import * as react from "../src/react/index.js";
import * as slim from "../src/slim.js";
import * as testing from "../src/testing/index.js";

it("exports what it has promised, and nothing else", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "ApiMisuseError",
      "ClientEventScheduler",
      "InternalError",
      "InvalidInputError",
      "LimitExceededError",
      "SchedulerError",
      "SnapshotError",
      "StoreError",
      "SyncError",
      "VERSION",
      "WasmLoadError",
      "addEventToScheduler",
      "consoleLogger",
      "createScheduler",
      "encryptedStorage",
      "getSchedulerStatus",
      "handleEventApproval",
      "handleEventDecline",
      "httpTransport",
      "indexedDbStorage",
      "removeEventFromScheduler",
      "setMaxDowntimeHours",
      "silentLogger",
      "startScheduler",
      "stopScheduler",
      "systemClock",
      "updateEventInScheduler",
    ]
  `);
  expect(Object.keys(slim).filter((name) => !(name in main))).toEqual(["init"]);
  expect(Object.keys(main).filter((name) => !(name in slim))).toEqual([]);
  expect(Object.keys(react).sort()).toMatchInlineSnapshot(`
    [
      "SchedulerProvider",
      "useCountdown",
      "useEventStatus",
      "useEvents",
      "useScheduler",
      "useSchedulerHealth",
      "useTrigger",
      "useUpcomingTriggers",
    ]
  `);
  expect(Object.keys(integrations).sort()).toEqual([
    "installAxiosInterceptor",
    "installFetch",
    "schedulerFetch",
    "withScheduler",
  ]);
  expect(Object.keys(testing).sort()).toEqual([
    "MemoryTransport",
    "TestClock",
    "createTestScheduler",
    "memoryStorage",
    "memoryTransport",
  ]);
});

it("has the entries that it has promised", () => {
  const { exports, sideEffects } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect({ exports, sideEffects }).toMatchInlineSnapshot(`
    {
      "exports": {
        ".": {
          "default": "./dist/index.js",
          "types": "./dist/types/index.d.ts",
        },
        "./client-event-scheduler-insight.wasm": "./client-event-scheduler-insight.wasm",
        "./client-event-scheduler-recurrence.wasm": "./client-event-scheduler-recurrence.wasm",
        "./client-event-scheduler.wasm": "./client-event-scheduler.wasm",
        "./devtools": {
          "default": "./dist/devtools.js",
          "types": "./dist/types/devtools/index.d.ts",
        },
        "./integrations": {
          "default": "./dist/integrations.js",
          "types": "./dist/types/integrations/index.d.ts",
        },
        "./package.json": "./package.json",
        "./react": {
          "default": "./dist/react.js",
          "types": "./dist/types/react/index.d.ts",
        },
        "./slim": {
          "default": "./dist/slim.js",
          "types": "./dist/types/slim.d.ts",
        },
        "./testing": {
          "default": "./dist/testing.js",
          "types": "./dist/types/testing/index.d.ts",
        },
        "./transports": {
          "default": "./dist/transports.js",
          "types": "./dist/types/transports/index.d.ts",
        },
      },
      "sideEffects": [
        "./dist/index.js",
        "./src/index.ts",
      ],
    }
  `);
});
