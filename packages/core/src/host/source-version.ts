import { digestOfText } from "../contract/canonical-json.ts";

/** A version for code that has none: other code has another one, as far as its text shows. */
export function sourceVersion(code: Readonly<Record<string, unknown>>): string {
  const sources = Object.entries(code).map(([name, value]) => `${name}\0${String(value)}`);
  return `source-${digestOfText(sources.sort().join("\0")).slice("sha256:".length, "sha256:".length + 12)}`;
}
