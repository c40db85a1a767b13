import * as glue from "../../wasm/client_event_scheduler.js";
import { ApiMisuseError, WasmLoadError } from "../errors/errors.js";
import type { RawModule } from "./raw.js";

/** Where `/slim` can be told to find the module. */
export type WasmSource = string | URL | BufferSource | Response | WebAssembly.Module | Promise<Response>;

type InsightSource = () => WasmSource | Promise<WasmSource>;

let inlineBytes: (() => BufferSource) | undefined;
let loaded: RawModule | undefined;
let loading: Promise<RawModule> | undefined;
let insightSource: InsightSource | undefined;
let insight: Promise<void> | undefined;

/** Tells where both halves of the module are when nobody names other sources. The default entry calls this. */
export function registerInlineBytes(bytes: {
  readonly module: () => BufferSource;
  readonly insight: () => Promise<BufferSource>;
}): void {
  inlineBytes ??= bytes.module;
  insightSource ??= bytes.insight;
}

/** Tells where the second half of the module is. It is not loaded before it is needed. */
export function registerInsight(source: WasmSource | InsightSource): void {
  insightSource = typeof source === "function" ? (source as InsightSource) : () => source;
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

/** Loads the second half once, which finds the first by its exports. A failed load can be tried again. */
function loadInsight(exports: WebAssembly.ModuleImports): Promise<void> {
  insight ??= instantiateInsight(exports).catch((thrown: unknown) => {
    insight = undefined;
    throw asLoadError(thrown);
  });
  return insight;
}

async function instantiateInsight(f: WebAssembly.ModuleImports): Promise<void> {
  if (insightSource === undefined) {
    throw new ApiMisuseError(
      "NOT_INITIALISED",
      "client-event-scheduler/slim was not told where client-event-scheduler-insight.wasm is: call `await init(source, insight)` first",
    );
  }
  await WebAssembly.instantiate(await compile(await insightSource()), { f });
}

function asRawModule(exports: { readonly memory: WebAssembly.Memory }): RawModule {
  return {
    memory: exports.memory,
    insight: () => loadInsight(exports as unknown as WebAssembly.ModuleImports),
    ClientEventScheduler: glue.ClientEventScheduler as unknown as RawModule["ClientEventScheduler"],
    ServerTime: glue.ServerTime,
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
