const DAYS_BEFORE_MONTH = Int32Array.of(0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 0, 0, 0);
const DAYS_IN_MONTH = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0);

/** The same as `parseRfc3339` of J2 for the ASCII bytes from `start` to `end`. */
export function parseRfc3339Bytes(bytes, start, end) {
  if (end - start < 20) return Number.NaN;
  const year = digits2(bytes, start) * 100 + digits2(bytes, start + 2);
  const month = digits2(bytes, start + 5);
  const day = digits2(bytes, start + 8);
  const hour = digits2(bytes, start + 11);
  const minute = digits2(bytes, start + 14);
  const second = digits2(bytes, start + 17);
  const separators =
    (bytes[start + 4] ^ 45) |
    (bytes[start + 7] ^ 45) |
    ((bytes[start + 10] | 32) ^ 116) |
    (bytes[start + 13] ^ 58) |
    (bytes[start + 16] ^ 58);
  if (separators !== 0 || (year | month | day | hour | minute | second) < 0) return Number.NaN;
  if (month > 12 || hour > 23 || minute > 59 || second > 59 || day === 0) return Number.NaN;
  const leap = (year & 3) === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > DAYS_IN_MONTH[month] && !(leap && month === 2 && day === 29)) return Number.NaN;
  const january = year * 365 + ((year + 3) >> 2) - (((year + 99) / 100) | 0) + (((year + 399) / 400) | 0);
  const days = january + DAYS_BEFORE_MONTH[month] + (leap && month > 2 ? day : day - 1) - 719_528;
  const millis = days * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000;
  return end - start === 20 && bytes[start + 19] === 90 ? millis : addRest(bytes, start + 19, end, millis);
}

function addRest(bytes, start, end, wholeSeconds) {
  let millis = wholeSeconds;
  let at = start;
  if (bytes[at] === 46) {
    let scale = 100;
    let digit = bytes[++at] - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    do {
      millis += digit * scale;
      scale = (scale / 10) | 0;
      digit = bytes[++at] - 48;
    } while (digit >= 0 && digit <= 9);
  }
  const code = bytes[at];
  if ((code | 32) === 122) return at + 1 === end ? millis : Number.NaN;
  if ((code !== 43 && code !== 45) || at + 6 !== end || bytes[at + 3] !== 58) return Number.NaN;
  const hours = digits2(bytes, at + 1);
  const minutes = digits2(bytes, at + 4);
  if ((hours | minutes) < 0 || hours > 23 || minutes > 59) return Number.NaN;
  const offset = (hours * 60 + minutes) * 60_000;
  return code === 43 ? millis - offset : millis + offset;
}

/** Two digits as a number, or a negative one. */
function digits2(bytes, at) {
  const tens = bytes[at] - 48;
  const ones = bytes[at + 1] - 48;
  return ((tens | ones | (tens + 6) | (ones + 6)) & ~15) === 0 ? tens * 10 + ones : -1;
}
