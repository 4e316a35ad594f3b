import { startWasm, type WasmMemory } from "../start-wasm.ts";
import { type PassSource, type ResamplePasses, scalarPasses } from "./resample-pass.ts";
import { resamplePassesWasm } from "./resample-passes-wasm.ts";
import type { AxisWeights } from "./resample-weights.ts";

/** The passes on 128-bit vectors, or the scalar ones where the engine has no WebAssembly with them. */
export function fastestPasses(): ResamplePasses {
  passes ??= SimdPasses.start() ?? scalarPasses;
  return passes;
}

let passes: ResamplePasses | undefined;

type Kernel = (
  source: number,
  stride: number,
  length: number,
  bounds: number,
  count: number,
  weights: number,
  high: number,
  taps: number,
  result: number,
  precision: number,
) => void;

interface Kernels {
  readonly memory: WasmMemory;
  readonly horizontal: Kernel;
  readonly horizontalSplit: Kernel;
  readonly vertical: Kernel;
  readonly verticalSplit: Kernel;
}

/** Source bytes per call of a kernel: they and what is made of them stay in the processor's cache. */
const portionBytes = 256 * 1024;
/** A kernel reads up to this much past the last byte it needs, and writes up to this much past its result. */
const margin = 64;
/** Beyond this, which only slivers of absurd length reach, the scalar passes need no second copy. */
const maxMemoryBytes = 128 * 2 ** 20;
const start = 1024;

/** Copies portions of the source into WebAssembly's memory, runs a kernel on each and copies the result out. */
class SimdPasses implements ResamplePasses {
  readonly #kernels: Kernels;

  private constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /** Undefined where the processor has no such vectors: the scalar passes give the same bytes, later. */
  static start(): SimdPasses | undefined {
    const kernels = startWasm<Kernels>(resamplePassesWasm);
    return kernels === undefined ? undefined : new SimdPasses(kernels);
  }

  horizontal(source: PassSource, axis: AxisWeights, top: number, bottom: number): Uint8Array {
    const width = axis.bounds.length / 2;
    const rowBytes = (axis.end - axis.first) * 3;
    const rows = Math.min(bottom - top, Math.max(1, Math.floor(portionBytes / rowBytes)));
    const weights = fixedPoint(axis, 4);
    const plan = this.#place(weights, rows * rowBytes + (rows + 1) * width * 3);
    if (plan === undefined) return scalarPasses.horizontal(source, axis, top, bottom);
    const bounds = new Int32Array(this.#kernels.memory.buffer, plan.bounds, axis.bounds.length);
    for (let x = 0; x < axis.bounds.length; x += 2) {
      bounds[x] = ((axis.bounds[x] as number) - axis.first) * 3;
      bounds[x + 1] = roundUp(axis.bounds[x + 1] as number, 4);
    }
    const filter = weights.isSplit ? this.#kernels.horizontalSplit : this.#kernels.horizontal;
    const from = plan.free;
    const to = from + rows * rowBytes + margin;
    const result = new Uint8Array((bottom - top) * width * 3);
    for (let y = top; y < bottom; y += rows) {
      const count = Math.min(rows, bottom - y);
      this.#copyRows(source, y, count, axis.first, rowBytes, from);
      filter(from, rowBytes, count, plan.bounds, width, plan.weights, plan.high, weights.taps, to, axis.precision);
      result.set(new Uint8Array(this.#kernels.memory.buffer, to, count * width * 3), (y - top) * width * 3);
    }
    return result;
  }

  vertical(source: PassSource, axis: AxisWeights, left: number, right: number): Uint8Array {
    const height = axis.bounds.length / 2;
    const rowBytes = (right - left) * 3;
    const weights = fixedPoint(axis, 2);
    const portions = verticalPortions(axis, Math.max(1, Math.floor(portionBytes / rowBytes)));
    const most = portions.reduce((rows, portion) => Math.max(rows, portion.sourceRows, portion.end - portion.first), 0);
    const plan = this.#place(weights, 2 * (most + 1) * rowBytes);
    if (plan === undefined) return scalarPasses.vertical(source, axis, left, right);
    const filter = weights.isSplit ? this.#kernels.verticalSplit : this.#kernels.vertical;
    const from = plan.free;
    // A last row of its own: an odd number of taps reads one more, with weight 0.
    const to = from + (most + 1) * rowBytes + margin;
    const result = new Uint8Array(height * rowBytes);
    for (const { first, end, sourceFirst, sourceRows } of portions) {
      const bounds = new Int32Array(this.#kernels.memory.buffer, plan.bounds, 2 * (end - first));
      for (let i = 0; i < bounds.length; i += 2) {
        bounds[i] = (axis.bounds[2 * first + i] as number) - sourceFirst;
        bounds[i + 1] = roundUp(axis.bounds[2 * first + i + 1] as number, 2);
      }
      this.#copyRows(source, sourceFirst, sourceRows, left, rowBytes, from);
      const skipped = first * weights.taps * 2;
      filter(
        from,
        rowBytes,
        rowBytes,
        plan.bounds,
        end - first,
        plan.weights + skipped,
        plan.high + skipped,
        weights.taps,
        to,
        axis.precision,
      );
      result.set(new Uint8Array(this.#kernels.memory.buffer, to, (end - first) * rowBytes), first * rowBytes);
    }
    return result;
  }

  /** Writes the weights and says where everything goes; undefined if it would take too much memory. */
  #place(weights: FixedPoint, dataBytes: number): Placement | undefined {
    const bounds = start;
    const low = bounds + 8 * weights.count;
    const high = low + weights.low.byteLength;
    const free = roundUp(high + weights.high.byteLength, 16);
    const needed = free + dataBytes + 2 * margin;
    if (needed > maxMemoryBytes) return undefined;
    const { memory } = this.#kernels;
    const missing = needed - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    new Int16Array(memory.buffer, low, weights.low.length).set(weights.low);
    new Int16Array(memory.buffer, high, weights.high.length).set(weights.high);
    return { bounds, weights: low, high, free };
  }

  #copyRows(
    { data, stride, originX, originY }: PassSource,
    row: number,
    count: number,
    column: number,
    rowBytes: number,
    to: number,
  ): void {
    const memory = new Uint8Array(this.#kernels.memory.buffer);
    const strideBytes = stride * 3;
    let read = (row - originY) * strideBytes + (column - originX) * 3;
    if (strideBytes === rowBytes) {
      memory.set(data.subarray(read, read + count * rowBytes), to);
      return;
    }
    for (let i = 0; i < count; i++, read += strideBytes)
      memory.set(data.subarray(read, read + rowBytes), to + i * rowBytes);
  }
}

interface Placement {
  readonly bounds: number;
  readonly weights: number;
  readonly high: number;
  /** Where the source goes, and after it the result. */
  readonly free: number;
}

interface FixedPoint {
  readonly low: Int16Array;
  readonly high: Int16Array;
  /** True if a weight is `high * 2048 + low`, false if it is `low`. */
  readonly isSplit: boolean;
  readonly taps: number;
  readonly count: number;
}

/** The weights as the kernels take them: 16 bits each, a multiple of `multiple` per result pixel. */
function fixedPoint({ weights, taps, bounds }: AxisWeights, multiple: number): FixedPoint {
  const count = bounds.length / 2;
  const padded = roundUp(taps, multiple);
  const isSplit = weights.some((weight) => weight > 0x7fff || weight < -0x8000);
  const low = new Int16Array(count * padded);
  const high = new Int16Array(isSplit ? count * padded : 0);
  for (let i = 0; i < count; i++) {
    for (let tap = 0; tap < taps; tap++) {
      const weight = weights[i * taps + tap] as number;
      low[i * padded + tap] = isSplit ? weight & 0x7ff : weight;
      if (isSplit) high[i * padded + tap] = weight >> 11;
    }
  }
  return { low, high, isSplit, taps: padded, count };
}

interface VerticalPortion {
  /** Result rows. */
  readonly first: number;
  readonly end: number;
  readonly sourceFirst: number;
  readonly sourceRows: number;
}

/** Runs of result rows whose source rows number at most `limit`, or a single result row. */
function verticalPortions({ bounds }: AxisWeights, limit: number): VerticalPortion[] {
  const portions: VerticalPortion[] = [];
  const height = bounds.length / 2;
  for (let first = 0; first < height; ) {
    const sourceFirst = bounds[2 * first] as number;
    let sourceEnd = sourceFirst;
    let end = first;
    for (; end < height; end++) {
      const next = (bounds[2 * end] as number) + (bounds[2 * end + 1] as number);
      if (end > first && (next - sourceFirst > limit || end - first >= limit)) break;
      sourceEnd = Math.max(sourceEnd, next);
    }
    portions.push({ first, end, sourceFirst, sourceRows: sourceEnd - sourceFirst });
    first = end;
  }
  return portions;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
