import { summarise } from "./stats.mjs";

/** What is measured in fresh pages before anything else, and what on a scheduler that holds the events. */
const LOADS = ["load", "stream"];
const OPERATIONS = ["object", "objectNext", "text", "updateObject", "updateText", "idle", "due"];

/**
 * Measures all competitors at one size in one environment: each in a page or process of its own, one round of each in turn,
 * another competitor going first every time.
 *
 * @returns {Promise<Record<string, Record<string, object>>>} by metric and competitor: median, quartiles and rounds, in nanoseconds
 */
export async function measureSize(environment, competitors, size, settings, log) {
  const samples = new Map();
  await measurePhase("prepareLoads", LOADS);
  await measurePhase("prepareOperations", OPERATIONS);
  return tabulate(samples, competitors);

  async function measurePhase(preparation, operations) {
    const subjects = await openAll(environment, competitors);
    try {
      for (const name of competitors) await subjects.get(name).call(preparation, size);
      const { warmMs, roundMs } = settings;
      for (const operation of operations) {
        for (const name of competitors) await subjects.get(name).call("warmUp", operation, { warmMs, roundMs });
        await measureRounds(subjects, operation);
      }
    } finally {
      for (const subject of subjects.values()) await subject.close();
    }
  }

  async function measureRounds(subjects, operation) {
    const rounds = settings.rounds(operation, size);
    for (let round = 0; round < rounds; round += 1) {
      for (const name of rotated(competitors, round)) {
        const result = await subjects.get(name).call("round", operation);
        for (const [metric, nanoseconds] of Object.entries(result)) note(samples, metric, name, nanoseconds);
      }
    }
    log(`${environment.name} ${size} ${operation}: ${rounds} rounds`);
  }
}

/**
 * Measures the peak memory and the time of one load in a process that never loaded anything before.
 *
 * @returns {Promise<Record<string, Record<string, object>>>} by metric and competitor; bytes, and nanoseconds for `cold_load_*`
 */
export async function measureMemory(environment, competitors, size, { memoryRounds }, resident, log) {
  const samples = new Map();
  for (let round = 0; round < memoryRounds; round += 1) {
    for (const form of ["bytes", "response"]) {
      for (const name of rotated(competitors, round)) {
        const result = await loadFresh(environment, name, form, size, resident);
        for (const [metric, value] of Object.entries(result)) note(samples, `${metric}_${form}`, name, value);
      }
    }
    log(`${environment.name} ${size} memory: round ${round + 1}`);
  }
  return tabulate(samples, competitors);
}

async function loadFresh(environment, name, form, size, resident) {
  await environment.restart();
  const subject = await environment.open(name);
  try {
    await subject.call("ready");
    const before = await resident.begin(await subject.processes());
    const { cold_load } = await subject.call("loadOnce", form, size);
    const grown = await resident.end(before);
    return { cold_load, ...(grown && { peak: grown.peak }), kept: await subject.kept() };
  } finally {
    await subject.close();
  }
}

async function openAll(environment, competitors) {
  const subjects = new Map();
  for (const name of competitors) subjects.set(name, await environment.open(name));
  return subjects;
}

function rotated(list, by) {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

function note(samples, metric, name, value) {
  const key = `${metric} ${name}`;
  if (!samples.has(key)) samples.set(key, []);
  samples.get(key).push(value);
}

function tabulate(samples, competitors) {
  const table = {};
  for (const key of samples.keys()) {
    const [metric] = key.split(" ");
    table[metric] ??= Object.fromEntries(
      competitors.map((name) => [name, summarise(samples.get(`${metric} ${name}`))]),
    );
  }
  return table;
}
