/** Where each competitor's module lies. Each exports `name`, `title`, `create({clock})` and, where it must load something, `ready()`. */
export const COMPETITORS = Object.freeze({
  J1: new URL("./j1-array.mjs", import.meta.url),
  J2: new URL("./j2-heap.mjs", import.meta.url),
  J3: new URL("./j3-lazy.mjs", import.meta.url),
  ours: new URL("./ours.mjs", import.meta.url),
});
