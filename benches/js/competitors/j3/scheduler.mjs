import { definition, finishDefinition, InvalidEventError, readDefinition } from "../j2/definition.mjs";
import { HeapScheduler } from "../j2/scheduler.mjs";
import { NEVER } from "../phase.mjs";
import { EventScanner, FIELDS, INCOMPLETE } from "./event-scanner.mjs";
import { asciiText, KnownTexts } from "./known-texts.mjs";
import { parseRfc3339Bytes } from "./rfc3339-bytes.mjs";

const DATES = 6;
const EVENT_ID = 6;
const FIRST_CAPACITY = 1 << 20;
const QUOTE = 34;

/**
 * J3: what is left of our advantage if JavaScript does the same trick. It loads as the package does, scanning the bytes as they
 * arrive for ids and dates and making an object of an event only when somebody asks for it; everything else is J2. It checks
 * less than the package: what it passes over it does not look at.
 */
export class LazyScheduler extends HeapScheduler {
  #clock;
  #bytes = new Uint8Array(0);
  #spans = new Float64Array(0);
  #found = 0;
  #texts = new KnownTexts();
  #fields = Object.fromEntries(FIELDS.slice(DATES).map((name) => [name, undefined]));

  constructor(options) {
    super(options);
    this.#clock = options.clock;
  }

  async initialize(source) {
    const scanner = new EventScanner();
    const now = this.#clock.now();
    if (source instanceof Response) await this.#scanResponse(scanner, source, now);
    else {
      this.#bytes = source;
      this.#scan(scanner, source.length, now);
    }
    return this._finishLoad();
  }

  getEvent(id) {
    const held = super.getEvent(id);
    if (typeof held !== "number") return held;
    const event = this.#parse(this.#spans[held * 2], this.#spans[held * 2 + 1]);
    this._replaceEvent(id, event);
    return event;
  }

  async #scanResponse(scanner, response, now) {
    this.#bytes = new Uint8Array(Number(response.headers.get("content-length")) || FIRST_CAPACITY);
    let length = 0;
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (length + value.length > this.#bytes.length) {
        const larger = new Uint8Array((length + value.length) * 2);
        larger.set(this.#bytes.subarray(0, length));
        this.#bytes = larger;
      }
      this.#bytes.set(value, length);
      length += value.length;
      this.#scan(scanner, length, now);
    }
  }

  #scan(scanner, length, now) {
    for (;;) {
      const end = scanner.next(this.#bytes, length);
      if (end === INCOMPLETE || end === 0) return;
      const ordinal = this.#keepSpan(scanner.start, end);
      this._reserve(ordinal + 1);
      try {
        this._loadDefinition(this.#readFields(scanner), ordinal, now);
      } catch (error) {
        if (!(error instanceof InvalidEventError)) throw error;
        this._quarantine(this.#parse(scanner.start, end), error);
      }
    }
  }

  /** Reads the usual event from its bytes and any other, escapes and all, through `JSON.parse`. Returns its id. */
  #readFields({ values, start, end }) {
    const fields = this.#fields;
    const usual = this.#readDates(values) && this.#readOthers(values) && finishDefinition(fields);
    if (usual && typeof fields.event_id === "string") return fields.event_id;
    const event = this.#parse(start, end);
    readDefinition(event);
    return event.event_id;
  }

  #readDates(values) {
    const { times } = definition;
    for (let kind = 0; kind < DATES; kind += 1) {
      const start = values[kind * 2];
      const at = start === 0 ? NEVER : parseRfc3339Bytes(this.#bytes, start + 1, values[kind * 2 + 1] - 1);
      if (Number.isNaN(at)) return false;
      times[kind] = at;
    }
    return true;
  }

  #readOthers(values) {
    const fields = this.#fields;
    const id = values[EVENT_ID * 2];
    if (id === 0 || !this.#isPlainText(id, values[EVENT_ID * 2 + 1])) return false;
    fields.event_id = asciiText(this.#bytes, id + 1, values[EVENT_ID * 2 + 1] - 1);
    fields.timezone = this.#scalar(values, 7);
    fields.status = this.#scalar(values, 8);
    fields.event_approval_status = this.#scalar(values, 9);
    fields.approval_required = this.#scalar(values, 10);
    fields.published = this.#scalar(values, 11);
    fields.revision = this.#scalar(values, 12);
    return true;
  }

  /** The value of a field; undefined where it is missing. */
  #scalar(values, field) {
    const start = values[field * 2];
    if (start === 0) return undefined;
    const end = values[field * 2 + 1];
    if (this.#isPlainText(start, end)) return this.#texts.text(this.#bytes, start + 1, end - 1);
    const literal = this.#texts.text(this.#bytes, start, end);
    return literal === "true" ? true : literal === "false" ? false : literal === "null" ? null : JSON.parse(literal);
  }

  #isPlainText(start, end) {
    if (this.#bytes[start] !== QUOTE) return false;
    for (let at = start + 1; at < end - 1; at += 1) {
      const code = this.#bytes[at];
      if (code === 92 || code < 32 || code > 126) return false;
    }
    return true;
  }

  #parse(start, end) {
    return JSON.parse(decoder.decode(this.#bytes.subarray(start, end)));
  }

  #keepSpan(start, end) {
    const ordinal = this.#found;
    if (ordinal * 2 >= this.#spans.length) {
      const larger = new Float64Array(Math.max(2048, this.#spans.length * 2));
      larger.set(this.#spans);
      this.#spans = larger;
    }
    this.#spans[ordinal * 2] = start;
    this.#spans[ordinal * 2 + 1] = end;
    this.#found += 1;
    return ordinal;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });
