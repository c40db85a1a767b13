import { fieldsJson } from "../engine/encode.js";
import { ApiMisuseError, SyncError } from "../errors/errors.js";
import type { EventFields } from "../types/events.js";

/** What `initialize` takes: events as objects, or JSON as bytes, all at once or as they arrive. */
export type LoadSource = readonly EventFields[] | Uint8Array | ArrayBuffer | Response | ReadableStream<Uint8Array>;

export interface OpenedSource {
  readonly chunks: Iterable<Uint8Array> | ReadableStream<Uint8Array>;
  /** A hint for how much memory to reserve; 0 where nobody knows. */
  readonly expectedBytes: number;
  /** The definitions, where they were given as objects. */
  readonly objects: readonly EventFields[] | null;
}

/** Finds out what the caller has given, and how to read it. */
export function openSource(source: unknown): OpenedSource {
  if (Array.isArray(source)) {
    const objects = source as readonly EventFields[];
    return { chunks: objectChunks(objects), expectedBytes: 0, objects };
  }
  if (ArrayBuffer.isView(source)) {
    const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return { chunks: [bytes], expectedBytes: bytes.length, objects: null };
  }
  if (source instanceof ArrayBuffer) {
    return { chunks: [new Uint8Array(source)], expectedBytes: source.byteLength, objects: null };
  }
  if (typeof Response === "function" && source instanceof Response) {
    return openResponse(source);
  }
  if (isReadableStream(source)) {
    return { chunks: source, expectedBytes: 0, objects: null };
  }
  throw new ApiMisuseError(
    "WRONG_ARGUMENT",
    "initialize takes an array of events, or JSON as a Uint8Array, ArrayBuffer, Response or ReadableStream",
  );
}

function openResponse(response: Response): OpenedSource {
  if (!response.ok) {
    throw new SyncError("HTTP_STATUS", `the events could not be loaded: ${response.url} answered ${response.status}`, {
      retryable: response.status >= 500 || response.status === 429,
      status: response.status,
    });
  }
  if (response.bodyUsed) {
    throw new ApiMisuseError(
      "BODY_USED",
      "the body of this response was read already: pass the response unread, or its bytes",
    );
  }
  return { chunks: response.body ?? [], expectedBytes: contentLength(response), objects: null };
}

/** The length of a compressed body says nothing about the bytes that will come out of it. */
function contentLength(response: Response): number {
  if (response.headers.get("content-encoding") !== null) {
    return 0;
  }
  const length = Number(response.headers.get("content-length"));
  return Number.isSafeInteger(length) && length > 0 ? length : 0;
}

function isReadableStream(source: unknown): source is ReadableStream<Uint8Array> {
  return (
    typeof source === "object" && source !== null && "getReader" in source && typeof source.getReader === "function"
  );
}

/** Events whose JSON is made at a time, so that no chunk takes long to make. */
const OBJECTS_PER_CHUNK = 128;

/** The objects as JSON with only the fields that the core reads: their other fields never leave JavaScript. */
function* objectChunks(objects: readonly EventFields[]): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "[";
  for (let i = 0; i < objects.length; i += 1) {
    text += i === 0 ? "" : ",";
    text += objectJson(objects[i]);
    if (i % OBJECTS_PER_CHUNK === OBJECTS_PER_CHUNK - 1) {
      yield encoder.encode(text);
      text = "";
    }
  }
  yield encoder.encode(`${text}]`);
}

function objectJson(event: unknown): string {
  if (typeof event === "object" && event !== null && !Array.isArray(event)) {
    const fields = event as EventFields;
    return fieldsJson(fields.event_id, fields);
  }
  return JSON.stringify(event) ?? "null";
}
