import { roundHalfToEven } from "../round-half-to-even.ts";
import { fixedPointWeights, type OpencvTaps } from "./opencv-taps.ts";

/** Interleaved uint8 values, `[height, width, channels]`. */
export interface ByteRaster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * OpenCV's fixed-point resize of uint8: rows filtered to 11 fractional bits, then columns. The two-tap path drops bits
 * between its steps as `VResizeLinear` does; the four-tap path sums in float32 where OpenCV has vectors of eight and in
 * integers in the columns that are left (`VResizeCubicVec_32s8u`).
 */
export function resizeBytes(source: ByteRaster, columns: OpencvTaps, rows: OpencvTaps): Uint8Array {
  const { channels } = source;
  const { taps } = rows;
  const width = (columns.indices.length / taps) * channels;
  const height = rows.indices.length / taps;
  const result = new Uint8Array(width * height);
  const columnWeights = fixedPointWeights(columns);
  const rowWeights = fixedPointWeights(rows);
  const lines = new LineStore(taps, width);
  const wanted: Int32Array[] = [];
  for (let y = 0; y < height; y++) {
    for (let tap = 0; tap < taps; tap++) {
      const row = rows.indices[y * taps + tap] as number;
      wanted[tap] = lines.get(row, (line) =>
        taps === 2
          ? filterLinear(source, row, columns, columnWeights, line)
          : filterCubic(source, row, columns, columnWeights, line),
      );
    }
    const line = result.subarray(y * width, (y + 1) * width);
    const weights = rowWeights.subarray(y * taps, (y + 1) * taps);
    if (taps === 2) combineLinear(wanted, weights, line);
    else combineCubic(wanted, weights, line);
  }
  return result;
}

/** The filtered lines of the last few source rows: result rows need them in order, and each is filtered once. */
class LineStore {
  readonly #lines: Int32Array[];
  readonly #rows: number[];

  constructor(count: number, width: number) {
    this.#lines = Array.from({ length: count }, () => new Int32Array(width));
    this.#rows = new Array<number>(count).fill(-1);
  }

  get(row: number, filter: (line: Int32Array) => void): Int32Array {
    // Rows in use together are neighbours, so their remainders differ.
    const slot = row % this.#rows.length;
    const line = this.#lines[slot] as Int32Array;
    if (this.#rows[slot] !== row) {
      filter(line);
      this.#rows[slot] = row;
    }
    return line;
  }
}

function filterLinear(
  { data, width, channels }: ByteRaster,
  row: number,
  { indices }: OpencvTaps,
  weights: Int32Array,
  line: Int32Array,
): void {
  const start = row * width * channels;
  const count = indices.length / 2;
  for (let x = 0, write = 0; x < count; x++) {
    let a = start + (indices[2 * x] as number) * channels;
    let b = start + (indices[2 * x + 1] as number) * channels;
    const wa = weights[2 * x] as number;
    const wb = weights[2 * x + 1] as number;
    for (let channel = 0; channel < channels; channel++) {
      line[write++] = (data[a++] as number) * wa + (data[b++] as number) * wb;
    }
  }
}

function filterCubic(
  { data, width, channels }: ByteRaster,
  row: number,
  { indices }: OpencvTaps,
  weights: Int32Array,
  line: Int32Array,
): void {
  const start = row * width * channels;
  const count = indices.length / 4;
  for (let x = 0, write = 0; x < count; x++) {
    const tap = 4 * x;
    for (let channel = 0; channel < channels; channel++) {
      const at = start + channel;
      line[write++] =
        (data[at + (indices[tap] as number) * channels] as number) * (weights[tap] as number) +
        (data[at + (indices[tap + 1] as number) * channels] as number) * (weights[tap + 1] as number) +
        (data[at + (indices[tap + 2] as number) * channels] as number) * (weights[tap + 2] as number) +
        (data[at + (indices[tap + 3] as number) * channels] as number) * (weights[tap + 3] as number);
    }
  }
}

function combineLinear(lines: readonly Int32Array[], weights: Int32Array, result: Uint8Array): void {
  const [a, b] = lines as [Int32Array, Int32Array];
  const [wa, wb] = weights as unknown as [number, number];
  for (let x = 0; x < result.length; x++) {
    const upper = Math.imul((a[x] as number) >> 4, wa) >> 16;
    const lower = Math.imul((b[x] as number) >> 4, wb) >> 16;
    result[x] = (upper + lower + 2) >> 2;
  }
}

function combineCubic(lines: readonly Int32Array[], weights: Int32Array, result: Uint8Array): void {
  const f = Math.fround;
  const [a, b, c, d] = lines as [Int32Array, Int32Array, Int32Array, Int32Array];
  const [wa, wb, wc, wd] = weights as unknown as [number, number, number, number];
  const unit = 2 ** -22;
  const [fa, fb, fc, fd] = [wa * unit, wb * unit, wc * unit, wd * unit];
  const inVectors = result.length - (result.length % 8);
  for (let x = 0; x < inVectors; x++) {
    const sum = f(
      f((a[x] as number) * fa) + f(f((b[x] as number) * fb) + f(f((c[x] as number) * fc) + f((d[x] as number) * fd))),
    );
    result[x] = sum <= 0 ? 0 : sum >= 255 ? 255 : roundHalfToEven(sum);
  }
  for (let x = inVectors; x < result.length; x++) {
    const sum =
      (Math.imul(a[x] as number, wa) +
        Math.imul(b[x] as number, wb) +
        Math.imul(c[x] as number, wc) +
        Math.imul(d[x] as number, wd) +
        (1 << 21)) >>
      22;
    result[x] = Math.min(Math.max(sum, 0), 255);
  }
}
