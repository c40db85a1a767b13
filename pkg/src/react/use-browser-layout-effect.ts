import { useEffect, useLayoutEffect } from "react";

/** `useLayoutEffect`, of which React 18 complains on the server, where no effect runs. */
export const useBrowserLayoutEffect = typeof window === "undefined" ? useEffect : useLayoutEffect;
