/*
 * Bytes as printable ASCII, in a form that compresses as well as the bytes do, where base64 makes WebAssembly a third
 * larger even after gzip. The 91 most frequent byte values are one character each, the others two, of which the first is
 * one of two escapes. Neither a quote nor a backslash occurs. The first 512 characters are the byte values by frequency,
 * two hexadecimal digits each. `scripts/wasm-text.mjs` encodes.
 */

const FIRST_CHARACTER = 32;
const SINGLES = 91;
const TABLE_CHARACTERS = 512;

/** Decodes what `scripts/wasm-text.mjs` has encoded. A plain loop: many times faster than a call for each byte. */
export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  const values = byteValues(text);
  const ranks = characterRanks();
  const bytes = new Uint8Array(text.length - TABLE_CHARACTERS);
  let length = 0;
  for (let i = TABLE_CHARACTERS; i < text.length; i += 1) {
    let rank = ranks[text.charCodeAt(i)] as number;
    if (rank >= SINGLES) {
      i += 1;
      rank = SINGLES + (rank - SINGLES) * SINGLES + (ranks[text.charCodeAt(i)] as number);
    }
    bytes[length] = values[rank] as number;
    length += 1;
  }
  return bytes.subarray(0, length);
}

function byteValues(text: string): Uint8Array {
  const values = new Uint8Array(256);
  for (let i = 0; i < values.length; i += 1) {
    values[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  }
  return values;
}

/** Printable ASCII but for the quote and the backslash, numbered. */
function characterRanks(): Uint8Array {
  const ranks = new Uint8Array(128);
  let rank = 0;
  for (let code = FIRST_CHARACTER; code < 127; code += 1) {
    if (code !== 34 && code !== 92) {
      ranks[code] = rank;
      rank += 1;
    }
  }
  return ranks;
}
