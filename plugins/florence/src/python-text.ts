/**
 * White space as Python's `str.strip` and `\s` have it. JavaScript's has U+FEFF besides, and lacks the separators
 * U+001C to U+001F and the next line U+0085.
 */
export const pythonSpace = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

const outer = new RegExp(`^${pythonSpace}+|${pythonSpace}+$`, "gu");

/** The text without white space at its ends, as `str.strip` leaves it. */
export function pythonStrip(text: string): string {
  return text.replace(outer, "");
}
