/**
 * The timed loops: nothing but the call under test and a check of its answer that costs a comparison. Each returns
 * milliseconds and throws if the scheduler did not do the work.
 */

export function addAll(scheduler, inputs) {
  let done = 0;
  const started = performance.now();
  for (let at = 0; at < inputs.length; at += 1) {
    if (scheduler.addEvent(inputs[at]).outcome === "added") done += 1;
  }
  const elapsed = performance.now() - started;
  return checked(elapsed, done, inputs.length, "additions");
}

/** The same, and reads the next trigger after each. */
export function addAndLookAll(scheduler, inputs) {
  let done = 0;
  const started = performance.now();
  for (let at = 0; at < inputs.length; at += 1) {
    const answer = scheduler.addEvent(inputs[at]);
    if (answer.outcome === "added" && answer.nextTrigger.dueAt > 0) done += 1;
  }
  const elapsed = performance.now() - started;
  return checked(elapsed, done, inputs.length, "additions");
}

export function updateAll(scheduler, ids, inputs) {
  let done = 0;
  const started = performance.now();
  for (let at = 0; at < ids.length; at += 1) {
    if (scheduler.updateEvent(ids[at], inputs[at]).outcome === "updated") done += 1;
  }
  const elapsed = performance.now() - started;
  return checked(elapsed, done, ids.length, "updates");
}

export function removeAll(scheduler, ids) {
  let done = 0;
  const started = performance.now();
  for (let at = 0; at < ids.length; at += 1) {
    if (scheduler.removeEvent(ids[at]).outcome === "removed") done += 1;
  }
  const elapsed = performance.now() - started;
  return checked(elapsed, done, ids.length, "removals");
}

export function readAll(scheduler, ids, times) {
  let characters = 0;
  const started = performance.now();
  for (let time = 0; time < times; time += 1) {
    for (let at = 0; at < ids.length; at += 1) characters += scheduler.getEvent(ids[at]).event_name.length;
  }
  const elapsed = performance.now() - started;
  return checked(elapsed, characters > ids.length * times ? 1 : 0, 1, "reads");
}

export function tickAll(scheduler, clock, ticks, stepMs) {
  const started = performance.now();
  for (let tick = 0; tick < ticks; tick += 1) {
    clock.at += stepMs;
    scheduler.tick();
  }
  return performance.now() - started;
}

export function checked(elapsed, done, expected, what) {
  if (done !== expected) throw new Error(`${done} of ${expected} ${what} took effect`);
  return elapsed;
}
