const SLOTS = 256;

/** Gives the strings for bytes that occur again and again, such as zone names, without making a string every time. */
export class KnownTexts {
  #texts = new Array(SLOTS).fill("");

  /** The text in the ASCII bytes from `start` to `end`. */
  text(bytes, start, end) {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ bytes[at], 0x01000193);
    const slot = (hash ^ (hash >>> 8)) & (SLOTS - 1);
    const known = this.#texts[slot];
    if (isSame(known, bytes, start, end)) return known;
    const text = asciiText(bytes, start, end);
    this.#texts[slot] = text;
    return text;
  }
}

/** The text in a few ASCII bytes. */
export function asciiText(bytes, start, end) {
  return String.fromCharCode.apply(null, bytes.subarray(start, end));
}

function isSame(known, bytes, start, end) {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at += 1) if (known.charCodeAt(at) !== bytes[start + at]) return false;
  return true;
}
