const SLUG_LENGTH = 60;
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/** The readable part of an id: `Café & Code 2026` gives `cafe-code-2026`. */
export function slug(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_LENGTH)
    .replace(/^-+|-+$/g, "");
}

/** A new event's id: its name, for people, and six random characters, so that two of one name stay apart. */
export function newEventId(name: string): string {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => ALPHABET[byte % ALPHABET.length]);
  return `${slug(name) || "event"}-${random.join("")}`;
}
