import { deflateSync } from "node:zlib";
import { codeLengths } from "./code-lengths.ts";
import { deflateSymbols, distanceExtra, endOfBlock, lengthExtra } from "./deflate-symbols.ts";

/** zlib's header and checksum. */
const frameBytes = 6;
/** Most bytes that are sure to be written as one block. */
const mostBytes = 16_383;

/**
 * Bytes that zlib makes of a text at its usual level, 6, as Python's `zlib.compress` does. Node's own zlib is Chromium's,
 * which finds other matches: of texts that repeat themselves it makes up to a third more or fewer bytes.
 * What a window of Whisper holds is a tenth of one block; longer texts are left to Node's.
 */
export function deflatedSize(text: Uint8Array): number {
  if (text.length > mostBytes) return deflateSync(text).length;
  const { literals, distances } = deflateSymbols(text);
  const fixed =
    bitsOf(literals, fixedLengths, (symbol) => lengthExtra[symbol - endOfBlock - 1] ?? 0) +
    bitsOf(distances, new Int32Array(30).fill(5), (symbol) => distanceExtra[symbol] as number);
  const own = ownCodeBits(literals, distances);
  const coded = (Math.min(fixed, own) + 3 + 7) >> 3;
  const stored = text.length + 4;
  return frameBytes + (stored <= coded ? stored + 1 : coded);
}

const fixedLengths = Int32Array.from({ length: 286 }, (_, symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);

function bitsOf(counts: Int32Array, lengths: Int32Array, extra: (symbol: number) => number): number {
  let bits = 0;
  for (const [symbol, times] of counts.entries())
    if (times > 0) bits += times * ((lengths[symbol] as number) + extra(symbol));
  return bits;
}

/** A block with codes of its own: the codes' lengths, themselves coded, come before it. */
function ownCodeBits(literals: Int32Array, distances: Int32Array): number {
  const once = [literals.slice(), distances.slice()] as const;
  const literalCode = codeLengths(once[0], 15);
  const distanceCode = codeLengths(once[1], 15);
  const runs = new Int32Array(19);
  for (const { lengths, last } of [literalCode, distanceCode]) countRuns(lengths.subarray(0, last + 1), runs);
  const { lengths: runLengths } = codeLengths(runs.slice(), 7);
  const written = runOrder.findLastIndex((symbol, i) => i < 3 || (runLengths[symbol] as number) > 0) + 1;
  return (
    bitsOf(literals, literalCode.lengths, (symbol) => lengthExtra[symbol - endOfBlock - 1] ?? 0) +
    bitsOf(distances, distanceCode.lengths, (symbol) => distanceExtra[symbol] as number) +
    bitsOf(runs, runLengths, (symbol) => runExtra[symbol - 16] ?? 0) +
    3 * written +
    14
  );
}

/** The order in which the lengths of the lengths' codes are written. */
const runOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Bits that follow a repeat of the last length, a short and a long run of zeros. */
const runExtra = [2, 3, 7];

/** `scan_tree` of zlib. */
function countRuns(lengths: Int32Array, runs: Int32Array): void {
  const count = (symbol: number, times = 1): void => {
    runs[symbol] = (runs[symbol] as number) + times;
  };
  let previous = -1;
  let times = 0;
  let [most, least] = lengths[0] === 0 ? [138, 3] : [7, 4];
  for (const [i, length] of lengths.entries()) {
    const next = lengths[i + 1];
    if (++times < most && length === next) continue;
    if (times < least) count(length, times);
    else if (length !== 0) {
      if (length !== previous) count(length);
      count(16);
    } else count(times <= 10 ? 17 : 18);
    times = 0;
    previous = length;
    [most, least] = next === 0 ? [138, 3] : next === length ? [6, 3] : [7, 4];
  }
}
