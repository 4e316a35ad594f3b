import { mixedInteger } from "@menagerie/testing";

/** Numbers that follow from a seed, a target and the number of a case alone: the same on every machine and in any order. */
export class Draws {
  /** Of the case. */
  readonly number: number;
  readonly #key: number;
  #count = 0;

  constructor(seed: number, target: string, number: number) {
    this.number = number;
    let key = mixedInteger(seed);
    for (const sign of target) key = mixedInteger(key ^ sign.charCodeAt(0));
    this.#key = mixedInteger(key ^ number);
  }

  /** 0 to 2^32 - 1. */
  word(): number {
    this.#count = (this.#count + 0x9e3779b9) >>> 0;
    return mixedInteger(this.#key ^ this.#count);
  }

  /** `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor((this.word() / 2 ** 32) * (high - low + 1));
  }

  /** `low` to `high`. */
  real(low: number, high: number): number {
    return low + (this.word() / 2 ** 32) * (high - low);
  }

  chance(part: number): boolean {
    return this.word() < part * 2 ** 32;
  }

  pick<const Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)] as Item;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.word() & 255);
  }

  /** A number that no one means: not one, none, negative, a part, or larger than anything. */
  absurd(): number {
    return this.pick(absurdNumbers);
  }

  /** float32 values about 0, now and then one that is absurd. */
  floats(length: number, absurdity = 0): Float32Array {
    const scale = this.pick([1, 1, 30, 1e-6, 1e6]);
    return Float32Array.from({ length }, () => (this.chance(absurdity) ? this.absurd() : this.real(-scale, scale)));
  }
}

const absurdNumbers = [
  ...[Number.NaN, 0, -0, -1, 0.5, -0.5, 1.5, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, 5e-324],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -(2 ** 31), Number.MAX_SAFE_INTEGER],
] as const;
