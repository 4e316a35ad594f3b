import { sha256 } from "./sha256.ts";

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

/**
 * JSON with sorted keys and without `undefined`, so that equal values have equal text. JSON writes infinities and NaN as
 * `null`; here each is told from the others and from `null`.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === "number" && !Number.isFinite(item)) return { $number: String(item) };
    return typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  });
}

export function digestOf(value: unknown): Digest {
  return digestOfText(canonicalJson(value));
}

/** Of a text's UTF-8. */
export function digestOfText(text: string): Digest {
  return `sha256:${sha256(new TextEncoder().encode(text))}`;
}
