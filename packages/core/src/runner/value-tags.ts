/**
 * How values cross between a host and its runner: JSON's, and beside them `undefined`, every number, 64-bit integers and
 * typed arrays. Written for a reader that does not believe the writer: a value is a tree, its bytes bound what it takes
 * to read it, and no key of it reaches a prototype. (`v8.serialize` has neither property: a few bytes of it make a list
 * of four thousand million items, or an object that holds itself; and it costs three times as much for a small message.)
 */
export const tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** int32 */
  integer: 4,
  /** float64 */
  number: 5,
  /** int64 or uint64 */
  bigint: 6,
  unsignedBigint: 7,
  /** uint8 of bytes, ASCII */
  short: 8,
  /** uint32 of bytes */
  utf8: 9,
  /** Of text that is no well-formed Unicode. */
  utf16: 10,
  /** uint32 of items, then each */
  list: 11,
  /** uint32 of entries, then each key as a text, and its value */
  record: 12,
  /** uint8 of kind, uint32 of bytes, then the bytes */
  array: 13,
  /** uint8 of kind, float64 of bytes; they are the next of those that lie apart */
  apart: 14,
} as const;

/** Kinds of typed arrays, by their number. */
export const arrayKinds = [
  "Uint8Array",
  "Int8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
] as const;

/** How large a message may be, for its writer and its reader alike. */
export interface ValueLimits {
  /** Bytes of it, but for those arrays that lie apart. */
  readonly bytes: number;
  /** Bytes of memory that it takes to read it, by `weights`. */
  readonly memory: number;
  /** Bytes of the arrays that lie apart. */
  readonly arrays: number;
}

/**
 * Bytes of memory that a value takes once it is read, about, besides its own bytes: by this, and not by its bytes alone, a
 * message is limited. An empty typed array takes 430 of them, and 6 on the way.
 */
export const weights = { number: 16, text: 32, list: 64, item: 8, record: 96, entry: 48, array: 448 } as const;

/** Levels of lists and records: more of them is a value that holds itself, or one that means harm. */
export const deepest = 200;
