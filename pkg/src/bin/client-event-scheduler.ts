#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { run } from "../doctor/command.js";

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  coloured: process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "",
  load: () => import("../index.js"),
  module: () => readFile(new URL("../../client-event-scheduler.wasm", import.meta.url)),
});
