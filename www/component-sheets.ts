import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const COMPONENT_CLASSES = /[\\/]@mantine[\\/]core[\\/]esm[\\/].*[\\/](\w+)\.module\.mjs$/;
/** Of the whole page, not of a component. */
const OF_THE_PAGE = ["baseline", "default-css-variables", "global"];
const IMPORTED_SHEET = /@mantine\/core\/styles\/([\w-]+)\.layer\.css/g;

/**
 * Fails the build where a component of the library is used whose style sheet `list` does not import, or where it imports one
 * that nothing uses.
 */
export function componentSheets(list: string): Plugin {
  return {
    name: "component-sheets",
    apply: "build",
    generateBundle(_, bundle) {
      const used = new Set<string>();
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        for (const [id, { renderedLength }] of Object.entries(chunk.modules)) {
          const component = COMPONENT_CLASSES.exec(id)?.[1];
          if (component && renderedLength > 0) used.add(component);
        }
      }
      const imported = new Set([...readFileSync(list, "utf8").matchAll(IMPORTED_SHEET)].map(([, name = ""]) => name));
      const missing = [...used].filter((name) => !imported.has(name)).sort();
      const unused = [...imported].filter((name) => !used.has(name) && !OF_THE_PAGE.includes(name)).sort();
      if (missing.length > 0) this.error(`${list} lacks the style sheets of ${missing.join(", ")}`);
      if (unused.length > 0) this.error(`${list} has style sheets that nothing uses: ${unused.join(", ")}`);
    },
  };
}
