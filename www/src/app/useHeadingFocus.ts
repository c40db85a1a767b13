import { type RefObject, useEffect, useRef } from "react";
import { useMatches } from "react-router";

/**
 * Leads the focus to the heading of a page that was gone to, so that a screen reader tells of it and the keyboard goes on from
 * there. Opening and closing a dialog over the page is left to the dialog.
 */
export function useHeadingFocus(main: RefObject<HTMLElement | null>): void {
  const page = useMatches().findLast(({ handle }) => !isDialog(handle))?.pathname;
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    const heading = main.current?.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }, [page, main]);
}

const isDialog = (handle: unknown): boolean => typeof handle === "object" && handle !== null && "dialog" in handle;
