import type { Draws } from "./draws.ts";

/** A JSON file cut off, with bytes of another, or with a few of its values missing or of another kind. */
export function mutateJson(text: string, draws: Draws): string {
  if (draws.chance(0.1)) return text.slice(0, draws.integer(0, text.length));
  if (draws.chance(0.05))
    return draws.pick(["", "null", "[]", "{}", "7", '"text"', "\u0000", "{".repeat(10_000), "[".repeat(10_000)]);
  const root = JSON.parse(text) as unknown;
  for (let left = draws.pick([1, 1, 2, 4]); left > 0; left--) changeOne(root, draws);
  return JSON.stringify(root);
}

function changeOne(root: unknown, draws: Draws): void {
  let node = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(node);
    if (keys.length === 0) return;
    const key = draws.pick(keys);
    const child = node[key];
    if (typeof child === "object" && child !== null && Object.keys(child).length > 0 && draws.chance(0.75)) {
      node = child as Record<string, unknown>;
      continue;
    }
    if (draws.chance(0.3)) delete node[key];
    else node[key] = otherValue(child, draws);
    return;
  }
}

function otherValue(value: unknown, draws: Draws): unknown {
  return draws.pick<unknown>([
    ...[null, true, 0, -1, 1e308, "", "x", "(", "[", [], {}, [null], [[]], { type: "x" }, { type: "Sequence" }, [1, 2]],
    ...["BPE", "Unigram", "WordPiece", "Sequence", "ByteLevel", "Metaspace", "Precompiled", "Replace", [value, value]],
  ]);
}
