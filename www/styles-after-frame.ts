import type { Plugin } from "vite";

/** The sheet of the component library; it is in a cascade layer, so that its place in the page does not matter. */
const LAYERED_SHEET = /\n *<link rel="stylesheet"[^>]*\/mantine-[^>]*>/;

/**
 * Moves the large style sheet of the built page behind its frame. A style sheet holds up the drawing of what comes after it,
 * and every module script: the frame, which does not need it, is drawn at once, and the application not before it is there.
 */
export function stylesAfterFrame(): Plugin {
  return {
    name: "styles-after-frame",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const [sheet] = html.match(LAYERED_SHEET) ?? [];
        if (!sheet) throw new Error("the built page has no style sheet of the component library");
        return html.replace(sheet, "").replace(/\n *<\/body>/, (end) => `${sheet}${end}`);
      },
    },
  };
}
