/**
 * What the package promises to reach, all of it in Chromium and at 10 000 or 100 000 events: below a thousand nothing is claimed.
 *
 * `faster`: median of the rival over ours, at least `limit`. `below`: our median in nanoseconds, under `limit`. `flat`: our
 * median at the larger size over that at the smaller one, at most `limit`. `share`: our median over that of the rival, at most `limit`.
 */
export const TARGETS = Object.freeze([
  faster("load_bytes", "bulk load from bytes", "J2", 10_000, 2.5),
  faster("load_bytes", "bulk load from bytes", "J2", 100_000, 4),
  faster("stream_left", "ready after the last byte of a streamed load", "J2", 100_000, 100),
  faster("stream_longest_step", "longest main-thread step of a streamed load", "J2", 100_000, 10),
  ...[10_000, 100_000].flatMap((size) => [
    faster("add_object", "add, object", "J2", size, 1.3),
    faster("add_text", "add, text", "J2", size, 1.3),
    faster("update_object", "update, object", "J2", size, 1.3),
    faster("update_text", "update, text", "J2", size, 1.3),
    { metric: "remove", title: "remove", form: "below", size, limit: 1000 },
  ]),
  { metric: "tick_idle", title: "idle tick", form: "flat", size: 100_000, from: 10_000, limit: 1.5 },
  {
    metric: "peak_bytes",
    title: "peak memory, load from bytes",
    form: "share",
    rival: "J2",
    size: 100_000,
    limit: 0.4,
  },
  {
    metric: "peak_response",
    title: "peak memory, streamed load",
    form: "share",
    rival: "J2",
    size: 100_000,
    limit: 0.4,
  },
  faster("add_object", "add, object", "J1", 10_000, 300),
  faster("add_text", "add, text", "J1", 10_000, 300),
  faster("update_object", "update, object", "J1", 10_000, 300),
  faster("update_text", "update, text", "J1", 10_000, 300),
]);

function faster(metric, title, rival, size, limit) {
  return { metric, title, form: "faster", rival, size, limit };
}

/**
 * Compares what was measured in Chromium with the targets.
 *
 * @param {(size: number, metric: string, competitor: string) => number | undefined} median
 * @returns {Array<object>} the targets with `value` and `met`, both undefined where something was not measured
 */
export function judge(median) {
  return TARGETS.map((target) => {
    const value = measured(target, median);
    return { ...target, value, met: value === undefined ? undefined : isMet(target, value) };
  });
}

function measured({ metric, form, rival, size, from }, median) {
  const ours = median(size, metric, "ours");
  if (form === "below") return ours;
  if (form === "flat") return quotient(ours, median(from, metric, "ours"));
  const theirs = median(size, metric, rival);
  return form === "faster" ? quotient(theirs, ours) : quotient(ours, theirs);
}

function isMet({ form, limit }, value) {
  return form === "faster" ? value >= limit : form === "below" ? value < limit : value <= limit;
}

function quotient(above, below) {
  return above === undefined || below === undefined ? undefined : above / below;
}
