import type { Plugin } from "vitest/config";

export function encodeBytes(bytes: Uint8Array): string;
export const viteWasmText: Plugin;
