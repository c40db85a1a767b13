import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer } from "../packaging/consumer.js";
import { doctor, NOTHING, report, runProgram } from "./doctor.js";

describe("the command line", () => {
  it.each([
    ["an unknown option", ["--nonsense"], /nonsense.*--help/s],
    ["a folder that is not there", ["--project", "no-such-folder"], /there is no folder no-such-folder/],
    ["an address that is none", ["--url", "localhost:8005"], /--url begins with http/],
    ["--write without a back end", ["--write"], /--write needs --url/],
    ["a header without a name", ["--url", "http://localhost", "--header", "secret-token"], /"Name: value"/],
  ])("ends with 2 and says why: %s", async (_, args, why) => {
    const { code, out, err } = await doctor(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(why);
    expect(err).not.toContain("secret-token");
  });

  it("ends with 2 where nobody answers, and reports the rest all the same", async () => {
    const { code, feed, lifecycle } = await report("--project", NOTHING, "--url", "http://127.0.0.1:1/");
    expect(code).toBe(2);
    expect(feed).toMatchObject({ reachable: false, checks: [{ name: "answers", verdict: "failed" }] });
    expect(lifecycle.every(({ verdict }) => verdict === "passed")).toBe(true);
  });

  it("takes an event through its life with the package itself", async () => {
    const { lifecycle } = await report("--project", NOTHING);
    expect(lifecycle.map(({ name, verdict }) => `${name}: ${verdict}`)).toMatchInlineSnapshot(`
      [
        "versions: passed",
        "core: passed",
        "add: passed",
        "update: passed",
        "the moved trigger waits: passed",
        "fire: passed",
        "status: passed",
        "remove: passed",
        "nothing is left: passed",
      ]
    `);
  });
});

describe("the packed package", () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.install("node");
  });
  afterAll(() => consumer.remove());

  const npx = (...args: readonly string[]) =>
    runProgram("npx", ["--offline", "--", "client-event-scheduler", ...args], consumer.folder);

  it("runs the doctor through npx, and tells its version", async () => {
    const manifest = join(consumer.folder, "node_modules/client-event-scheduler/package.json");
    const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
    expect(await npx("--version")).toMatchObject({ code: 0, out: `${version}\n` });
    expect((await npx("--help")).out).toContain("Exit code: 0 nothing is wrong");
    const examined = await npx("doctor", "--project", ".");
    // The sample application makes a scheduler and looks at it, no more.
    expect(examined.out).toMatch(/error {2}main\.mjs:\d+:\d+ {2}never-started/);
    expect(examined.out).toContain("The package in Node");
    expect(examined.code).toBe(1);
  });

  it("names the licence of the parser that is in it", async () => {
    const licences = await readFile(
      join(consumer.folder, "node_modules/client-event-scheduler/dist/third-party-licences.txt"),
      "utf8",
    );
    expect(licences).toContain("@babel/parser");
  });
});
