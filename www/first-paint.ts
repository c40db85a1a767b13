import type { Plugin } from "vite";

/** The sheet of the component library; it is in a cascade layer, so that its place in the page does not matter. */
const LAYERED_SHEET = /\n *<link rel="stylesheet"[^>]*\/mantine-[^>]*>/;
const MODULE = /^assets\/client-event-scheduler-[^-]+\.wasm$/;
const SCRIPTS = /<(script type="module"|link rel="modulepreload")/g;

/**
 * Has the built page draw its frame at once.
 *
 * A style sheet holds up the drawing of what comes after it, and every module script: so the large one, which the frame does not
 * need, stands behind it. Scripts come after what is drawn first, and the scheduler's module, which they would ask for
 * when they run, arrives together with them.
 */
export function firstPaint(): Plugin {
  return {
    name: "first-paint",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const [sheet] = html.match(LAYERED_SHEET) ?? [];
        if (!sheet) throw new Error("the built page has no style sheet of the component library");
        const module = Object.keys(bundle).find((name) => MODULE.test(name));
        if (!module) throw new Error("the built page has no module of the scheduler");
        const preload = `\n    <link rel="preload" as="fetch" type="application/wasm" crossorigin fetchpriority="low" href="/${module}">`;
        return html
          .replace(sheet, "")
          .replace(SCRIPTS, '<$1 fetchpriority="low"')
          .replace(/\n *<\/head>/, (end) => `${preload}${end}`)
          .replace(/\n *<\/body>/, (end) => `${sheet}${end}`);
      },
    },
  };
}
