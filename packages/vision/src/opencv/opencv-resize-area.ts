import { roundHalfToEven } from "../round-half-to-even.ts";

/** Interleaved values, `[height, width, channels]`. */
export interface Raster<Data extends Uint8Array | Float32Array> {
  readonly data: Data;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * OpenCV's INTER_AREA where no axis grows: the mean over each result pixel's rectangle, in float32.
 *
 * Whole ratios take a path of their own (a sum times a float32 reciprocal; for 2 x 2 of uint8 `(sum + 2) >> 2`), all
 * others the table of `computeResizeAreaTab`.
 */
export function resizeArea<Data extends Uint8Array | Float32Array>(
  source: Raster<Data>,
  width: number,
  height: number,
  result: Data,
): void {
  const [across, down] = [source.width / width, source.height / height];
  if (Number.isInteger(across) && Number.isInteger(down)) wholeRatio(source, width, height, across, down, result);
  else anyRatio(source, width, height, result);
}

function wholeRatio(
  { data, width: stride, channels }: Raster<Uint8Array | Float32Array>,
  width: number,
  height: number,
  across: number,
  down: number,
  result: Uint8Array | Float32Array,
): void {
  const f = Math.fround;
  const offsets = Int32Array.from(
    { length: across * down },
    (_, i) => (Math.floor(i / across) * stride + (i % across)) * channels,
  );
  const isByte = result instanceof Uint8Array;
  const isHalf = across === 2 && down === 2;
  const reciprocal = f(1 / offsets.length);
  const inVectors = width - (width % 4);
  let write = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const first = (y * down * stride + x * across) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const at = first + channel;
        if (!isByte) {
          const isInVector = isHalf && x < inVectors;
          result[write++] = (isInVector ? sumOfPairs(data, at, offsets) : sumByFours(data, at, offsets)) * reciprocal;
        } else {
          let sum = 0;
          for (let i = 0; i < offsets.length; i++) sum += data[at + (offsets[i] as number)] as number;
          result[write++] = isHalf ? (sum + 2) >> 2 : roundHalfToEven(f(f(sum) * reciprocal));
        }
      }
    }
  }
}

/** float32 sum in the order of OpenCV's scalar loop: four at a time, then one by one. */
function sumByFours(data: Uint8Array | Float32Array, at: number, offsets: Int32Array): number {
  const f = Math.fround;
  const value = (i: number): number => data[at + (offsets[i] as number)] as number;
  let sum = 0;
  let i = 0;
  for (; i + 4 <= offsets.length; i += 4) sum = f(sum + f(f(f(value(i) + value(i + 1)) + value(i + 2)) + value(i + 3)));
  for (; i < offsets.length; i++) sum = f(sum + value(i));
  return sum;
}

/** float32 sum of four in the order of OpenCV's vectors. */
function sumOfPairs(data: Uint8Array | Float32Array, at: number, offsets: Int32Array): number {
  const f = Math.fround;
  const value = (i: number): number => data[at + (offsets[i] as number)] as number;
  return f(f(value(0) + value(1)) + f(value(2) + value(3)));
}

interface AreaTable {
  /** For each result position, where its entries begin; one more at the end. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

function anyRatio(
  { data, width: stride, height: rows, channels }: Raster<Uint8Array | Float32Array>,
  width: number,
  height: number,
  result: Uint8Array | Float32Array,
): void {
  const f = Math.fround;
  const columnTable = areaTable(stride, width);
  const rowTable = areaTable(rows, height);
  const isByte = result instanceof Uint8Array;
  const line = new Float32Array(width * channels);
  const sums = new Float32Array(width * channels);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let j = rowTable.starts[y] as number; j < (rowTable.starts[y + 1] as number); j++) {
      const start = (rowTable.indices[j] as number) * stride * channels;
      averageRow(data, start, channels, columnTable, line);
      const weight = rowTable.weights[j] as number;
      for (let x = 0; x < sums.length; x++) sums[x] = (sums[x] as number) + f((line[x] as number) * weight);
    }
    const write = y * sums.length;
    if (!isByte) result.set(sums, write);
    else for (let x = 0; x < sums.length; x++) result[write + x] = Math.min(roundHalfToEven(sums[x] as number), 255);
  }
}

function averageRow(
  data: Uint8Array | Float32Array,
  start: number,
  channels: number,
  { starts, indices, weights }: AreaTable,
  line: Float32Array,
): void {
  const f = Math.fround;
  const width = starts.length - 1;
  for (let x = 0; x < width; x++) {
    const end = starts[x + 1] as number;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let i = starts[x] as number; i < end; i++) {
        sum = f(
          sum + f((data[start + (indices[i] as number) * channels + channel] as number) * (weights[i] as number)),
        );
      }
      line[x * channels + channel] = sum;
    }
  }
}

/** `computeResizeAreaTab`: a sliver below a thousandth of a pixel at either end does not count. */
function areaTable(from: number, to: number): AreaTable {
  const scale = 1 / (to / from);
  const starts = new Int32Array(to + 1);
  const indices: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < to; i++) {
    starts[i] = indices.length;
    const begin = i * scale;
    const end = begin + scale;
    const cell = Math.min(scale, from - begin);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(begin), last);
    if (first - begin > 1e-3) {
      indices.push(first - 1);
      weights.push((first - begin) / cell);
    }
    for (let at = first; at < last; at++) {
      indices.push(at);
      weights.push(1 / cell);
    }
    if (end - last > 1e-3) {
      indices.push(last);
      weights.push(Math.min(end - last, 1, cell) / cell);
    }
  }
  starts[to] = indices.length;
  return { starts, indices: Int32Array.from(indices), weights: Float32Array.from(weights) };
}
