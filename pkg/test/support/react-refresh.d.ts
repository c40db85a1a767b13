declare module "react-refresh/runtime" {
  export function injectIntoGlobalHook(global: unknown): void;
  export function register(type: unknown, id: string): void;
  export function setSignature(type: unknown, key: string): void;
  export function performReactRefresh(): unknown;
}
