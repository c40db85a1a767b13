import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Consumer } from "./consumer.js";
import { PageRunner } from "./page.js";

let runner: PageRunner;

beforeAll(async () => {
  runner = await PageRunner.start();
});
afterAll(() => runner.stop());

it("the minimal React example shows its events, counts down, and says when one begins and ends", async () => {
  const consumer = await Consumer.installExample("minimal-react");
  expect(await consumer.tool("tsc", "--project", ".")).toBe("");
  await consumer.tool("vite", "build");
  const report = await runner.visit(join(consumer.folder, "dist"), async (page) => {
    const rows = page.getByRole("listitem");
    await rows.nth(2).waitFor();
    const shown = await rows.allInnerTexts();
    await page.getByRole("button").click();
    await page.getByText("Lightning talk is over").waitFor();
    return [...shown, await rows.nth(3).innerText(), await page.getByRole("status").innerText()];
  });
  const lines = (report.result as string[]).map((text) =>
    text.replace(/\s+/g, " ").replace(/(\d+ d )?\d\d:\d\d:\d\d/, "…"),
  );
  expect(lines).toEqual([
    "Rust on the Web registration open …",
    "Clocks and Calendars registration open …",
    "React Days event started …",
    "Lightning talk event ended —",
    "Lightning talk is over Lightning talk has begun",
  ]);
  expect(report.console.filter((line) => /^(error|warning|uncaught)/.test(line))).toEqual([]);
  await consumer.remove();
});
