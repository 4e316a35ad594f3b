import type { Draws } from "../draws.ts";
import { withRightChecksums } from "./checksums.ts";
import { filePartsOf } from "./file-parts.ts";
import { sizeFieldsOf } from "./size-fields.ts";

type Mutation = (bytes: Uint8Array, draws: Draws) => Uint8Array;

/** A file damaged in one to four ways, or replaced by something that is none. Its checksums are often made right again. */
export function mutateBytes(bytes: Uint8Array, draws: Draws): Uint8Array {
  if (draws.chance(0.02)) return draws.pick(replacements)(bytes, draws);
  let mutated: Uint8Array = bytes.slice();
  for (let left = draws.pick([1, 1, 1, 2, 2, 3, 4]); left > 0 && mutated.length > 0; left--)
    mutated = draws.pick(mutations)(mutated, draws);
  return draws.chance(0.6) ? withRightChecksums(mutated) : mutated;
}

const replacements: readonly Mutation[] = [
  () => new Uint8Array(0),
  ({ length }) => new Uint8Array(length),
  (_, draws) => draws.bytes(draws.integer(1, 4000)),
  (bytes) => bytes.slice(0, 12),
  (bytes, draws) => new Uint8Array(Buffer.concat([bytes.subarray(0, draws.integer(2, 40)), draws.bytes(2000)])),
];

const mutations: readonly Mutation[] = [
  truncated,
  bitsFlipped,
  runFilled,
  partsMoved,
  partsMoved,
  sizeChanged,
  sizeChanged,
  rangeMoved,
  wordWritten,
  bytesInserted,
];

function truncated(bytes: Uint8Array, draws: Draws): Uint8Array {
  return bytes.slice(0, draws.integer(0, bytes.length - 1));
}

function bitsFlipped(bytes: Uint8Array, draws: Draws): Uint8Array {
  for (let left = draws.pick([1, 1, 2, 4, 16, 64]); left > 0; left--) {
    const at = place(bytes, draws);
    bytes[at] = (bytes[at] as number) ^ (1 << draws.integer(0, 7));
  }
  return bytes;
}

function runFilled(bytes: Uint8Array, draws: Draws): Uint8Array {
  const start = place(bytes, draws);
  return bytes.fill(draws.pick([0, 0xff]), start, start + draws.pick([1, 2, 4, 16, 200, 5000]));
}

/** Chunks, segments or pages twice, exchanged or left out. */
function partsMoved(bytes: Uint8Array, draws: Draws): Uint8Array {
  const parts = filePartsOf(bytes);
  if (parts.length < 2) return rangeMoved(bytes, draws);
  const [a, b] = [draws.integer(0, parts.length - 1), draws.integer(0, parts.length - 1)];
  const what = draws.pick(["twice", "exchanged", "left out", "many times"] as const);
  const [first, second] = [parts[a] as Uint8Array, parts[b] as Uint8Array];
  const copies = Math.min(300, Math.ceil(longestFile / (first.length + 1)));
  if (what === "exchanged") [parts[a], parts[b]] = [second, first];
  else if (what === "left out") parts.splice(a, 1);
  else parts.splice(b, 0, ...Array.from({ length: what === "twice" ? 1 : copies }, () => first));
  return new Uint8Array(Buffer.concat(parts)).slice(0, longestFile);
}

const longestFile = 2 ** 20;

/** A width, height, count or length in a header, replaced by one that is absurd. */
function sizeChanged(bytes: Uint8Array, draws: Draws): Uint8Array {
  const fields = sizeFieldsOf(bytes);
  if (fields.length === 0) return wordWritten(bytes, draws);
  const { at, length, isLittleEndian } = draws.pick(fields);
  return writeNumber(bytes, at, length, isLittleEndian, draws.pick(absurdSizes));
}

const absurdSizes = [
  0,
  1,
  2,
  255,
  256,
  32_767,
  65_535,
  65_536,
  2 ** 24 - 1,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
] as const;

function rangeMoved(bytes: Uint8Array, draws: Draws): Uint8Array {
  const start = place(bytes, draws);
  const range = bytes.slice(start, start + draws.integer(1, 400));
  const to = place(bytes, draws);
  return new Uint8Array(
    Buffer.concat([bytes.subarray(0, to), range, bytes.subarray(to + (draws.chance(0.5) ? range.length : 0))]),
  );
}

function wordWritten(bytes: Uint8Array, draws: Draws): Uint8Array {
  const length = draws.pick([1, 2, 4, 8]);
  return writeNumber(bytes, place(bytes, draws), length, draws.chance(0.5), draws.pick(absurdSizes));
}

function bytesInserted(bytes: Uint8Array, draws: Draws): Uint8Array {
  const at = place(bytes, draws);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), draws.bytes(draws.integer(1, 64)), bytes.subarray(at)]));
}

/** Somewhere in the file: in its first bytes as often as in all the others. */
function place(bytes: Uint8Array, draws: Draws): number {
  return draws.integer(0, (draws.chance(0.5) ? Math.min(bytes.length, 128) : bytes.length) - 1);
}

function writeNumber(
  bytes: Uint8Array,
  at: number,
  length: number,
  isLittleEndian: boolean,
  value: number,
): Uint8Array {
  for (let i = 0; i < length && at + i < bytes.length; i++) {
    const exponent = isLittleEndian ? i : length - 1 - i;
    bytes[at + i] = Math.floor(value / 256 ** exponent) % 256;
  }
  return bytes;
}
