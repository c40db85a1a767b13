/**
 * The events of the benchmark: made from a seed, about 600 bytes of JSON each, like those of a conference back end.
 *
 * Every date carries `Z` or an offset. Naive times in a named zone are left out on purpose: JavaScript has no cheap way to read
 * them, and a comparison that needed it would be decided by that alone. All text is ASCII, which is what `TextDecoder` and
 * `JSON.parse` are fastest at.
 */

import { randomFrom, seedOf } from "./random.mjs";

/** The instant at which every benchmark begins. */
export const EPOCH_MS = Date.UTC(2026, 10, 22, 12);

/** Nothing is due from `EPOCH_MS` until this much later, except what a benchmark puts there. */
export const QUIET_MS = 5 * 86_400_000;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEP = 15 * MINUTE;

const TOPICS = ["Rust", "Cloud", "Design", "Data", "Security", "Mobile", "Kernel", "Robotics", "Typography", "Testing"];
const FORMS = ["Summit", "Days", "Conference", "Workshop", "Meetup", "Symposium", "Camp", "Forum"];
const CITIES = [
  ["Lisbon", "Portugal", "+01:00", "Europe/Lisbon"],
  ["Bangalore", "India", "+05:30", "Asia/Kolkata"],
  ["Denver", "United States", "-07:00", "America/Denver"],
  ["Nairobi", "Kenya", "+03:00", "Africa/Nairobi"],
  ["Osaka", "Japan", "+09:00", "Asia/Tokyo"],
  ["Montevideo", "Uruguay", "-03:00", "America/Montevideo"],
  ["Utrecht", "Netherlands", "+02:00", "Europe/Amsterdam"],
  ["Adelaide", "Australia", "+10:30", "Australia/Adelaide"],
];
const PHRASES = [
  "Two days of talks and hallway conversation",
  "hands-on sessions for beginners and experts",
  'with a "lightning" round after lunch',
  "coffee and a light dinner are included",
  "a certificate of attendance can be downloaded afterwards",
  "places are limited and handed out in order of registration",
  "recordings appear within four weeks",
  "children's programme on both days",
];
const TAGS = [
  "open-source",
  "community",
  "wasm",
  "frontend",
  "backend",
  "hardware",
  "career",
  "keynote",
  "online",
  "free",
];

/** The id of event `index`. */
export function eventId(index) {
  return `evt-${(index + 1).toString(36).padStart(6, "0")}-${(seedOf(7, index, 0) >>> 4).toString(36).padStart(6, "0")}`;
}

/**
 * Makes one event.
 *
 * @param {number} index which event
 * @param {{variant?: number, seed?: number, startAt?: number}} [options] `variant`: a later version of the same event, with other
 *   dates and a higher revision; `startAt`: begin the event at this epoch millisecond, with nothing else of it due for days
 */
export function makeEvent(index, { variant = 0, seed = 1, startAt } = {}) {
  const words = randomFrom(seedOf(seed, index, 0));
  const random = randomFrom(seedOf(seed, index, variant + 1));
  const windows = startAt === undefined ? drawWindows(random) : windowsAround(startAt);
  const [city, country, offset, timezone] = pick(CITIES, words);
  const topic = pick(TOPICS, words);
  const form = pick(FORMS, words);
  const year = 2026 + (index % 2);
  const date = (at) => formatDate(at, offset, random);
  const event = {
    event_id: eventId(index),
    event_name: `${topic} ${form} ${city} ${year}`,
    venue: `${city} Congress Centre, Hall ${1 + Math.floor(words() * 12)}, ${country}`,
    description: describe(words),
    tags: [pick(TAGS, words), pick(TAGS, words), pick(TAGS, words)],
    timezone,
    start_datetime: date(windows.start),
    end_datetime: date(windows.end),
  };
  if (windows.registrationStart !== undefined) {
    event.registration_start_date = date(windows.registrationStart);
    event.registration_end_date = date(windows.registrationEnd);
  }
  if (windows.certificateStart !== undefined) {
    event.certificate_start_date = date(windows.certificateStart);
    event.certificate_end_date = date(windows.certificateEnd);
  }
  event.event_approval_status = "approved";
  event.approval_required = true;
  event.published = true;
  event.capacity = 20 + Math.floor(words() * 2000);
  event.revision = variant + 1;
  event.updated_at = new Date(EPOCH_MS - Math.floor(words() * 90 * DAY)).toISOString();
  return event;
}

/** The response body that a back end would send for the first `count` events: a JSON array without needless white space. */
export function makeBody(count, options) {
  const parts = new Array(count);
  for (let index = 0; index < count; index += 1) parts[index] = JSON.stringify(makeEvent(index, options));
  return `[${parts.join(",")}]`;
}

/** Six windows around a start drawn from seven months ago to seventeen months ahead, none of it in the quiet time. */
function drawWindows(random) {
  for (;;) {
    const start = EPOCH_MS + step((random() * 720 - 200) * DAY);
    const end = start + STEP * (8 + Math.floor(random() * 370));
    const shape = random();
    const windows = { start, end };
    if (shape > 0.05) {
      windows.registrationStart = start - step((20 + random() * 120) * DAY);
      windows.registrationEnd = start - step(random() * 5 * DAY);
    }
    if (shape < 0.92) {
      windows.certificateStart = end + step(random() * 3 * DAY);
      windows.certificateEnd = windows.certificateStart + step((30 + random() * 150) * DAY);
    }
    if (Object.values(windows).every((at) => at < EPOCH_MS - HOUR || at > EPOCH_MS + QUIET_MS)) return windows;
  }
}

function windowsAround(startAt) {
  const end = EPOCH_MS + QUIET_MS + 10 * DAY;
  return {
    registrationStart: EPOCH_MS - 40 * DAY,
    registrationEnd: EPOCH_MS - 2 * DAY,
    start: startAt,
    end,
    certificateStart: end + DAY,
    certificateEnd: end + 60 * DAY,
  };
}

/** Three in five as UTC, the rest with the city's offset; one in five with milliseconds. */
function formatDate(at, offset, random) {
  const fraction = at % 1000 !== 0 || random() < 0.2;
  const utc = random() < 0.6;
  const sign = offset[0] === "-" ? -1 : 1;
  const shift = utc ? 0 : sign * (Number(offset.slice(1, 3)) * HOUR + Number(offset.slice(4)) * MINUTE);
  const text = new Date(at + shift).toISOString();
  return text.slice(0, fraction ? 23 : 19) + (utc ? "Z" : offset);
}

function describe(random) {
  const first = pick(PHRASES, random);
  return random() < 0.4 ? `${first}; ${pick(PHRASES, random)}.` : `${first}.`;
}

function step(duration) {
  return Math.floor(duration / STEP) * STEP;
}

function pick(list, random) {
  return list[Math.floor(random() * list.length)];
}
