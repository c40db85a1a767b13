import * as glue from "../../wasm/client_event_scheduler.js";
import { ApiMisuseError, WasmLoadError } from "../errors/errors.js";
import type { RawModule } from "./raw.js";

/** Where `/slim` can be told to find the module. */
export type WasmSource = string | URL | BufferSource | Response | WebAssembly.Module | Promise<Response>;

/** Where a part of the module is that is loaded later, or a function that is asked for it then. */
export type PartSource = WasmSource | (() => WasmSource | Promise<WasmSource>);

/** The parts that are loaded later. One finds the functions of those before it. */
const LATER = ["insight", "recurrence"] as const;
type PartName = (typeof LATER)[number];

let inlineBytes: (() => BufferSource) | undefined;
let loaded: RawModule | undefined;
let loading: Promise<RawModule> | undefined;
const sources: { [name in PartName]?: PartSource } = {};
const parts: { [name in PartName]?: Promise<WebAssembly.Exports> } = {};

/** Tells where all parts of the module are when nobody names other sources. The default entry calls this. */
export function registerInlineBytes(
  module: () => BufferSource,
  later: { readonly [name in PartName]: PartSource },
): void {
  inlineBytes ??= module;
  Object.assign(sources, { ...later, ...sources });
}

/** Tells where a part of the module is. It is not loaded before it is needed. */
export function registerPart(name: PartName, source: PartSource | undefined): void {
  if (source !== undefined) {
    sources[name] = source;
  }
}

/** Whether {@link loadWasm} can succeed without being told a source. */
export function hasWasmSource(): boolean {
  return loaded !== undefined || loading !== undefined || inlineBytes !== undefined;
}

/** Loads the module once; compiles off the main thread. A failed load can be tried again. */
export function loadWasm(source?: WasmSource): Promise<RawModule> {
  if (loaded !== undefined) {
    return Promise.resolve(loaded);
  }
  loading ??= compile(source)
    .then(instantiate)
    .catch((thrown: unknown) => {
      loading = undefined;
      throw asLoadError(thrown);
    });
  return loading;
}

/** Loads the module before it returns. Browsers may refuse that for a module of this size: then `loadWasm` works. */
export function loadWasmSync(): RawModule {
  if (loaded === undefined) {
    const bytes = requireInlineBytes();
    try {
      loaded = asRawModule(glue.initSync({ module: bytes }));
    } catch (thrown) {
      throw asLoadError(thrown);
    }
  }
  return loaded;
}

async function compile(source: WasmSource | undefined): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== "object") {
    throw new WasmLoadError("WASM_UNAVAILABLE", "this environment has no WebAssembly");
  }
  const given: unknown = source === undefined ? requireInlineBytes() : await source;
  if (given instanceof WebAssembly.Module) {
    return given;
  }
  if (typeof given === "string" || given instanceof URL) {
    return compileResponse(await fetchModule(given));
  }
  if (typeof Response === "function" && given instanceof Response) {
    return compileResponse(given);
  }
  return WebAssembly.compile(given as BufferSource);
}

async function fetchModule(url: string | URL): Promise<Response> {
  try {
    return await fetch(url);
  } catch (cause) {
    throw new WasmLoadError(
      "WASM_FETCH_FAILED",
      `the WebAssembly module could not be fetched from ${String(url)}`,
      cause,
    );
  }
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) {
    throw new WasmLoadError(
      "WASM_FETCH_FAILED",
      `the WebAssembly module could not be fetched: ${response.url} answered ${response.status}`,
    );
  }
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/wasm") && typeof WebAssembly.compileStreaming === "function") {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

async function instantiate(module: WebAssembly.Module): Promise<RawModule> {
  if (loaded !== undefined) {
    return loaded;
  }
  try {
    loaded = asRawModule(glue.initSync({ module }));
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) {
      throw thrown;
    }
    // Old Chromium instantiates no more than 4 KB synchronously on the main thread.
    loaded = asRawModule(await glue.default({ module_or_path: module }));
  }
  return loaded;
}

/** Loads a part once, and those before it, by whose exports it finds them. A failed load can be tried again. */
function loadPart(name: PartName, first: WebAssembly.Exports): Promise<WebAssembly.Exports> {
  parts[name] ??= instantiatePart(name, first).catch((thrown: unknown) => {
    delete parts[name];
    throw asLoadError(thrown);
  });
  return parts[name];
}

async function instantiatePart(name: PartName, first: WebAssembly.Exports): Promise<WebAssembly.Exports> {
  const earlier = LATER[LATER.indexOf(name) - 1];
  const f = earlier === undefined ? first : { ...first, ...(await loadPart(earlier, first)) };
  const source = sources[name];
  if (source === undefined) {
    const message = `client-event-scheduler/slim was not told where client-event-scheduler-${name}.wasm is: call \`await init(source, insight, recurrence)\` first`;
    throw new ApiMisuseError("NOT_INITIALISED", message);
  }
  const module = await compile(await (typeof source === "function" ? source() : source));
  return (await WebAssembly.instantiate(module, { f: f as WebAssembly.ModuleImports })).exports;
}

function asRawModule(exports: { readonly memory: WebAssembly.Memory }): RawModule {
  return {
    memory: exports.memory,
    later: (name) => loadPart(name, exports as unknown as WebAssembly.Exports).then(() => undefined),
    ClientEventScheduler: glue.ClientEventScheduler as unknown as RawModule["ClientEventScheduler"],
    core_version: glue.core_version,
    zone_table_version: glue.zone_table_version,
    phase_name: glue.phase_name,
  };
}

function requireInlineBytes(): BufferSource {
  if (inlineBytes === undefined) {
    throw new ApiMisuseError(
      "NOT_INITIALISED",
      "client-event-scheduler/slim does not carry the WebAssembly module: call `await init(source)` first",
    );
  }
  return inlineBytes();
}

function asLoadError(thrown: unknown): WasmLoadError | ApiMisuseError {
  if (thrown instanceof WasmLoadError || thrown instanceof ApiMisuseError) {
    return thrown;
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof RangeError) {
    return new WasmLoadError(
      "WASM_SYNC_REFUSED",
      "this browser does not compile WebAssembly synchronously: use `await createScheduler()` instead of the constructor",
      thrown,
    );
  }
  if (/content security policy|unsafe-eval/i.test(reason)) {
    return new WasmLoadError(
      "WASM_BLOCKED",
      "the page's content security policy forbids WebAssembly: allow 'wasm-unsafe-eval' in script-src",
      thrown,
    );
  }
  return new WasmLoadError("WASM_INVALID", `the WebAssembly module could not be compiled: ${reason}`, thrown);
}
