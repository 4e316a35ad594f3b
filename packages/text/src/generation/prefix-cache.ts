import type { KeyValueCache } from "./key-value-cache.ts";

interface Entry {
  readonly ids: readonly number[];
  readonly cache: KeyValueCache;
}

/**
 * Caches of prompts seen before: a prompt that begins as one of them is computed from where they part. For decoder-only
 * models, whose keys and values depend on the ids alone. The least recently used ones leave when `maxBytes` is passed.
 */
export class PrefixCache {
  readonly #maxBytes: number;
  /** Least recently used first. */
  #entries: Entry[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#entries.reduce((sum, { cache }) => sum + cache.bytes, 0);
  }

  /** The longest known beginning of the prompt, short of its last token, whose logits must be computed. */
  longest(ids: readonly number[]): { readonly cache: KeyValueCache; readonly length: number } | undefined {
    let best: Entry | undefined;
    let length = 0;
    for (const entry of this.#entries) {
      const shared = Math.min(sharedLength(entry.ids, ids), ids.length - 1);
      if (shared > length) [best, length] = [entry, shared];
    }
    if (best === undefined) return undefined;
    this.#entries = [...this.#entries.filter((entry) => entry !== best), best];
    return { cache: best.cache.upTo(length), length };
  }

  add(ids: readonly number[], cache: KeyValueCache): void {
    if (cache.bytes > this.#maxBytes) return;
    const isCovered = (entry: Entry) => sharedLength(entry.ids, ids) === entry.ids.length;
    this.#entries = [...this.#entries.filter((entry) => !isCovered(entry)), { ids: [...ids], cache }];
    while (this.bytes > this.#maxBytes) this.#entries.shift();
  }
}

function sharedLength(a: readonly number[], b: readonly number[]): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}
