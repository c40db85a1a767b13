import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("./node-child.mjs", import.meta.url));

/** Runs each competitor in a Node process of its own. */
export class NodeEnvironment {
  name = "node";
  version = process.version;
  #bodies;

  /** @param {string} bodies the folder with one response body per size */
  constructor(bodies) {
    this.#bodies = bodies;
  }

  /** Starts a process for a competitor. */
  async open(competitor) {
    const child = fork(CHILD, [competitor, this.#bodies], { execArgv: ["--expose-gc", "--max-old-space-size=4096"] });
    const remote = new RemoteSubject(child);
    await remote.ready;
    return remote;
  }

  /** Nothing to do: every process is new anyway. */
  async restart() {}

  async close() {}
}

/** The methods of `Subject`, carried out in a child process. */
class RemoteSubject {
  #child;
  #waiting = new Map();
  #last = 0;

  constructor(child) {
    this.#child = child;
    this.ready = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    child.on("message", ({ id, value, error }) => this.#settle(id, value, error));
    child.on("exit", (code) => {
      for (const id of this.#waiting.keys()) this.#settle(id, undefined, `the process ended with code ${code}`);
    });
  }

  call(method, ...args) {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, method, args });
    });
  }

  /** Processes whose memory belongs to the competitor. */
  async processes() {
    return [this.#child.pid];
  }

  /** What is left after a collection, in bytes: the JavaScript heap, array buffers and WebAssembly memory. */
  kept() {
    return this.call("kept");
  }

  async close() {
    if (this.#child.exitCode === null) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill();
      await ended;
    }
  }

  #settle(id, value, error) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  }
}
