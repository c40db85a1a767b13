const memories = new Set();

/**
 * Notes the memory of every WebAssembly module that is started from now on. No figure of the engine's own heap contains it, and
 * no package need show it.
 */
export function watchWasmMemory() {
  const { Instance, instantiate } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, args) => noted(Reflect.construct(target, args)),
  });
  WebAssembly.instantiate = async (...args) => {
    const started = await instantiate(...args);
    noted(started instanceof Instance ? started : started.instance);
    return started;
  };
}

/** Bytes of all of them together. */
export function wasmBytes() {
  return [...memories].reduce((total, memory) => total + memory.buffer.byteLength, 0);
}

function noted(instance) {
  for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) memories.add(value);
  return instance;
}
