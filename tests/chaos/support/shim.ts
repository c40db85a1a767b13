import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SOURCE = resolve(import.meta.dirname, "../shim/clock.c");

/** The wall clock of a browser, which a test can set. What is started with its environment goes by it. */
export class WallClock {
  readonly #folder = mkdtempSync(join(tmpdir(), "ces-chaos-clock-"));
  readonly #file = openSync(join(this.#folder, "offset"), "w+");
  #aheadMs = 0;

  constructor() {
    execFileSync("gcc", ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", this.#library, SOURCE, "-ldl"]);
    this.step(0);
  }

  get #library(): string {
    return join(this.#folder, "clock.so");
  }

  get environment(): Record<string, string> {
    return { LD_PRELOAD: this.#library, CHAOS_CLOCK: join(this.#folder, "offset") };
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Sets it forward, or back. One write of eight bytes: no reader sees half of it. */
  step(byMs: number): void {
    this.#aheadMs += byMs;
    const nanos = Buffer.alloc(8);
    nanos.writeBigInt64LE(BigInt(this.#aheadMs) * 1_000_000n);
    writeSync(this.#file, nanos, 0, nanos.length, 0);
  }

  discard(): void {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
