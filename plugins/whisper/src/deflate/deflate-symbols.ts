/** How often each symbol of a deflated text comes: literals, the end and lengths in one alphabet, distances in the other. */
export interface SymbolCounts {
  readonly literals: Int32Array;
  readonly distances: Int32Array;
}

/** Bits that follow a length's symbol, and a distance's. */
export const lengthExtra: readonly number[] = [
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
];
export const distanceExtra: readonly number[] = Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1));

export const endOfBlock = 256;
const shortest = 3;
const longest = 258;
const mostChained = 128;
const goodMatch = 8;
const lazyMatch = 16;
const niceMatch = 128;
/** A match of three bytes that is farther than this is worth less than three literals. */
const tooFar = 4096;
const window = 32_768;
const farthest = window - longest - shortest - 1;

/**
 * The symbols that zlib writes a text with at its usual level, 6: `deflate_slow` and `longest_match` of zlib 1.3, step by
 * step. Texts are shorter than its window.
 */
export function deflateSymbols(text: Uint8Array): SymbolCounts {
  const literals = new Int32Array(286);
  const distances = new Int32Array(30);
  literals[endOfBlock] = 1;
  const matcher = new Matcher(text);
  let previous = { length: shortest - 1, start: 0 };
  let hasLiteral = false;
  for (let at = 0; at < text.length; ) {
    const head = matcher.insert(at);
    let match = { length: shortest - 1, start: 0 };
    if (head !== 0 && previous.length < lazyMatch && at - head <= farthest) {
      match = matcher.longest(at, head, previous);
      if (match.length === shortest && at - match.start > tooFar) match = { ...match, length: shortest - 1 };
    }
    if (previous.length >= shortest && match.length <= previous.length) {
      count(literals, endOfBlock + 1 + codeOf(previous.length - shortest, lengthStarts));
      count(distances, codeOf(at - 1 - previous.start - 1, distanceStarts));
      const end = at - 1 + previous.length;
      for (at++; at < end; at++) matcher.insert(at);
      hasLiteral = false;
      previous = { length: shortest - 1, start: 0 };
      continue;
    }
    if (hasLiteral) count(literals, text[at - 1] as number);
    hasLiteral = true;
    previous = match;
    at++;
  }
  if (hasLiteral) count(literals, text.at(-1) as number);
  return { literals, distances };
}

interface Match {
  readonly length: number;
  readonly start: number;
}

/** Places that a text was the same at before, found by a hash of three bytes. 0 is no place: the first byte is never matched. */
class Matcher {
  /** Zeros follow the text, as in zlib's window. */
  readonly #bytes: Uint8Array;
  readonly #length: number;
  readonly #heads = new Int32Array(1 << 15);
  readonly #before: Int32Array;

  constructor(text: Uint8Array) {
    this.#length = text.length;
    this.#bytes = new Uint8Array(text.length + longest + shortest);
    this.#bytes.set(text);
    this.#before = new Int32Array(text.length);
  }

  /** @returns the last place with the same hash */
  insert(at: number): number {
    if (at + shortest > this.#length) return 0;
    const [a, b, c] = [this.#byte(at), this.#byte(at + 1), this.#byte(at + 2)];
    const hash = ((a << 10) ^ (b << 5) ^ c) & 0x7fff;
    const head = this.#heads[hash] as number;
    this.#before[at] = head;
    this.#heads[hash] = at;
    return head;
  }

  longest(at: number, head: number, { length: previous, start }: Match): Match {
    const left = this.#length - at;
    let best = { length: previous, start };
    let chain = previous >= goodMatch ? mostChained >> 2 : mostChained;
    const limit = Math.max(0, at - farthest);
    for (let place = head; place > limit && chain > 0; place = this.#before[place] as number, chain--) {
      if (this.#byte(place + best.length) !== this.#byte(at + best.length)) continue;
      let length = 0;
      while (length < longest && this.#byte(place + length) === this.#byte(at + length)) length++;
      if (length <= best.length) continue;
      best = { length, start: place };
      if (length >= Math.min(niceMatch, left)) break;
    }
    return { ...best, length: Math.min(best.length, left) };
  }

  #byte(at: number): number {
    return this.#bytes[at] as number;
  }
}

function count(counts: Int32Array, symbol: number): void {
  counts[symbol] = (counts[symbol] as number) + 1;
}

/** What each length's symbol begins with, less 3; the longest has one of its own. */
const lengthStarts = [...starts(lengthExtra).slice(0, -1), longest - shortest];
const distanceStarts = starts(distanceExtra);

function starts(extra: readonly number[]): number[] {
  let next = 0;
  return extra.map((bits) => {
    const start = next;
    next += 1 << bits;
    return start;
  });
}

function codeOf(value: number, begins: readonly number[]): number {
  return begins.findLastIndex((begin) => begin <= value);
}
