import { parseArgs } from "node:util";

const HELP = `node benches/js/run.mjs [options]

  --quick              few rounds at 100 and 10 000 events, no memory: does everything still work?
  --sizes LIST         numbers of events (100,10000,100000)
  --env LIST           node, chromium (both)
  --only LIST          competitors: J1, J2, J3, ours (all that can run)
  --json FILE          write everything that was measured
  --enforce            end with code 1 if a target is missed
  --help

CHROMIUM names the browser (/usr/bin/chromium).`;

/** Reads the command line. Returns undefined where only help was asked for. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      sizes: { type: "string" },
      env: { type: "string", default: "node,chromium" },
      only: { type: "string", default: "J1,J2,J3,ours" },
      json: { type: "string" },
      enforce: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const sizes = (values.sizes ?? (values.quick ? "100,10000" : "100,10000,100000")).split(",").map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size > 0))
    throw new Error(`--sizes: ${values.sizes}\n\n${HELP}`);
  const environments = listed(values.env, ["node", "chromium"], "--env");
  const only = listed(values.only, ["J1", "J2", "J3", "ours"], "--only");
  return { ...values, sizes, environments, only, settings: values.quick ? QUICK : FULL };
}

const FULL = {
  warmMs: 400,
  roundMs: 60,
  memoryRounds: 3,
  rounds: (operation, size) => {
    if (operation === "load" || operation === "stream") return size >= 50_000 ? 7 : 15;
    return 21;
  },
};

const QUICK = { warmMs: 25, roundMs: 10, memoryRounds: 0, rounds: (operation) => (operation === "stream" ? 1 : 3) };

function listed(text, known, option) {
  const names = text.split(",");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${option}: ${unknown} is none of ${known.join(", ")}\n\n${HELP}`);
  return names;
}
