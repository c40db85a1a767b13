/** Names of the metrics, in the order in which they are shown. Those in `BYTES` are memory, all others nanoseconds. */
const METRICS = {
  load_bytes: "bulk load from bytes",
  stream_total: "streamed load, first to ready",
  stream_left: "streamed load, left after the last byte",
  stream_longest_step: "streamed load, longest step",
  add_object: "add, object",
  add_object_next: "add, object, and read the next trigger",
  add_text: "add, text",
  update_object: "update, object",
  update_text: "update, text",
  remove: "remove",
  tick_idle: "tick, nothing due",
  tick_10_due: "tick, 10 due",
  get_first: "get one event, first time",
  get_again: "get one event, again",
  cold_load_bytes: "first load of a new page, from bytes",
  cold_load_response: "first load of a new page, streamed",
  peak_bytes: "peak memory of the load from bytes",
  peak_response: "peak memory of the streamed load",
  kept_bytes: "kept after the load from bytes",
  kept_response: "kept after the streamed load",
};
const BYTES = new Set(["peak_bytes", "peak_response", "kept_bytes", "kept_response"]);

/** Median of each rival over ours. */
export function ratiosOf(metrics) {
  const ratios = {};
  for (const [metric, byCompetitor] of Object.entries(metrics)) {
    const ours = byCompetitor.ours?.median;
    if (ours === undefined) continue;
    const rivals = Object.keys(byCompetitor).filter((name) => name !== "ours");
    ratios[metric] = Object.fromEntries(rivals.map((name) => [`${name}/ours`, byCompetitor[name].median / ours]));
  }
  return ratios;
}

/** The whole report as markdown. */
export function renderReport({ machine, competitors, results, targets }) {
  const parts = [renderMachine(machine), renderCompetitors(competitors)];
  for (const { environment, size, metrics, ratios } of results) {
    parts.push(`## ${environment}, ${size} events\n\n${renderMetrics(metrics, ratios, Object.keys(competitors))}`);
  }
  if (targets.some(({ met }) => met !== undefined)) parts.push(`## Targets (chromium)\n\n${renderTargets(targets)}`);
  return `${parts.join("\n\n")}\n`;
}

function renderMachine({ cpu, cores, memory_gib, system, load_average, versions }) {
  const engines = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memory_gib} GiB, ${system}; ${engines.join(", ")}; load average ${load_average.toFixed(1)}`;
}

function renderCompetitors(competitors) {
  return Object.entries(competitors)
    .map(([name, title]) => `- ${name}: ${title}`)
    .join("\n");
}

function renderMetrics(metrics, ratios, competitors) {
  const compared = competitors.filter((name) => name !== "ours" && competitors.includes("ours"));
  const header = ["", ...competitors.map((name) => `${name} (p25–p75)`), ...compared.map((name) => `${name}/ours`)];
  const rows = Object.keys(METRICS)
    .filter((metric) => metrics[metric] !== undefined)
    .map((metric) => {
      const cells = competitors.map((name) => renderSummary(metrics[metric][name], BYTES.has(metric)));
      return [METRICS[metric], ...cells, ...compared.map((name) => renderRatio(ratios[metric]?.[`${name}/ours`]))];
    });
  return renderTable([header, ...rows]);
}

function renderTargets(targets) {
  const rows = targets.map((target) => [
    target.title,
    String(target.size),
    renderLimit(target),
    target.value === undefined ? "not measured" : renderValue(target, target.value),
    target.met === undefined
      ? ""
      : target.met
        ? "met"
        : `MISSED (${renderValue({ form: "faster" }, shortfall(target))} of it)`,
  ]);
  return renderTable([["target", "events", "wanted", "measured", ""], ...rows]);
}

/** How much of the target was reached, 1 being all of it. */
function shortfall({ form, value, limit }) {
  return form === "faster" ? value / limit : limit / value;
}

function renderLimit(target) {
  const value = renderValue(target, target.limit);
  if (target.form === "faster") return `≥ ${value} against ${target.rival}`;
  if (target.form === "share") return `≤ ${value} of ${target.rival}`;
  return target.form === "flat" ? `≤ ${value} of that at ${target.from}` : `< ${value}`;
}

function renderValue({ form }, value) {
  return form === "below" ? renderTime(value) : renderRatio(value);
}

function renderSummary(summary, isBytes) {
  if (summary === undefined) return "–";
  const render = isBytes ? renderBytes : renderTime;
  return `${render(summary.median)} (${render(summary.p25)}–${render(summary.p75)})`;
}

function renderRatio(ratio) {
  if (ratio === undefined) return "–";
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)}×`;
}

function renderTime(nanoseconds) {
  const units = [
    [1e9, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
  ];
  const [scale, unit] = units.find(([least]) => nanoseconds >= least) ?? [1, "ns"];
  const value = nanoseconds / scale;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

function renderBytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function renderTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}
