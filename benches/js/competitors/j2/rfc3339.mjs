/**
 * Reads `YYYY-MM-DDTHH:MM:SS[.fff](Z|±HH:MM)`, the only form of date in the benchmark's data, and checks every digit and range.
 *
 * It works on character codes, cuts no substring and takes one branch for all digits: about four times faster than
 * `Date.parse`, which is what makes the comparison hard.
 */

const DAYS_BEFORE_MONTH = Int32Array.of(0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 0, 0, 0);
const DAYS_IN_MONTH = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0);
const DAYS_TO_1970 = 719_528;

/**
 * @param {string} text
 * @returns {number} epoch milliseconds, or NaN where the text is not such a date
 */
export function parseRfc3339(text) {
  const length = text.length;
  if (length < 20) return Number.NaN;
  const y0 = text.charCodeAt(0) - 48;
  const y1 = text.charCodeAt(1) - 48;
  const y2 = text.charCodeAt(2) - 48;
  const y3 = text.charCodeAt(3) - 48;
  const m0 = text.charCodeAt(5) - 48;
  const m1 = text.charCodeAt(6) - 48;
  const d0 = text.charCodeAt(8) - 48;
  const d1 = text.charCodeAt(9) - 48;
  const h0 = text.charCodeAt(11) - 48;
  const h1 = text.charCodeAt(12) - 48;
  const i0 = text.charCodeAt(14) - 48;
  const i1 = text.charCodeAt(15) - 48;
  const s0 = text.charCodeAt(17) - 48;
  const s1 = text.charCodeAt(18) - 48;
  // A code outside "0" to "?" has bits above the low four; adding 6 carries ":" to "?" up there too.
  const high = y0 | y1 | y2 | y3 | m0 | m1 | d0 | d1 | h0 | h1 | i0 | i1 | s0 | s1;
  const carried = (y0 + 6) | (y1 + 6) | (y2 + 6) | (y3 + 6) | (m1 + 6) | (d1 + 6) | (h1 + 6) | (i1 + 6) | (s1 + 6);
  if (((high | carried) & ~15) !== 0) return Number.NaN;
  const separators =
    (text.charCodeAt(4) ^ 45) |
    (text.charCodeAt(7) ^ 45) |
    ((text.charCodeAt(10) | 32) ^ 116) |
    (text.charCodeAt(13) ^ 58) |
    (text.charCodeAt(16) ^ 58);
  if (separators !== 0) return Number.NaN;

  const year = y0 * 1000 + y1 * 100 + y2 * 10 + y3;
  const month = m0 * 10 + m1;
  const day = d0 * 10 + d1;
  const hour = h0 * 10 + h1;
  const minute = i0 * 10 + i1;
  const second = s0 * 10 + s1;
  if (month > 12 || hour > 23 || minute > 59 || second > 59 || day === 0) return Number.NaN;
  const leap = (year & 3) === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > DAYS_IN_MONTH[month] && !(leap && month === 2 && day === 29)) return Number.NaN;

  const january = year * 365 + ((year + 3) >> 2) - (((year + 99) / 100) | 0) + (((year + 399) / 400) | 0);
  const days = january + DAYS_BEFORE_MONTH[month] + (leap && month > 2 ? day : day - 1) - DAYS_TO_1970;
  const millis = days * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000;
  if (length === 20) return (text.charCodeAt(19) | 32) === 122 ? millis : Number.NaN;
  return addFractionAndOffset(text, length, millis);
}

function addFractionAndOffset(text, length, wholeSeconds) {
  let millis = wholeSeconds;
  let at = 19;
  let code = text.charCodeAt(at);
  if (code === 46) {
    // Digits past the milliseconds are checked and dropped.
    let scale = 100;
    let digit = text.charCodeAt(++at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    do {
      millis += digit * scale;
      scale = (scale / 10) | 0;
      code = text.charCodeAt(++at);
      digit = code - 48;
    } while (digit >= 0 && digit <= 9);
  }
  if ((code | 32) === 122) return at + 1 === length ? millis : Number.NaN;
  if ((code !== 43 && code !== 45) || at + 6 !== length || text.charCodeAt(at + 3) !== 58) return Number.NaN;
  const h0 = text.charCodeAt(at + 1) - 48;
  const h1 = text.charCodeAt(at + 2) - 48;
  const m0 = text.charCodeAt(at + 4) - 48;
  const m1 = text.charCodeAt(at + 5) - 48;
  if (((h0 | h1 | m0 | m1 | (h1 + 6) | (m1 + 6)) & ~15) !== 0) return Number.NaN;
  const hours = h0 * 10 + h1;
  const minutes = m0 * 10 + m1;
  if (hours > 23 || minutes > 59) return Number.NaN;
  const offset = (hours * 60 + minutes) * 60_000;
  return code === 43 ? millis - offset : millis + offset;
}
