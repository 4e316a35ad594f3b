import type { RgbImage } from "../rgb-image.ts";
import { startWasm, type WasmMemory } from "../start-wasm.ts";
import type { Normalisation } from "./normalisation.ts";
import { normaliseWasm } from "./normalise-wasm.ts";
import type { TensorPlace } from "./tensor-place.ts";

interface Kernel {
  readonly memory: WasmMemory;
  base(): number;
  normalise(pixels: number, count: number, planes: number, scale: number, isDouble: number, constants: number): void;
}

/** Pixels per call: they and their values stay in the processor's cache. */
const portion = 4096;
const constantBytes = 32;

/**
 * Writes a picture into a float32 `[..., 3, height, width]` tensor, red first, on 128-bit vectors.
 * @returns false where the processor has none, and nothing is written
 */
export function writePlanes(
  { data, width: columns, height: rows }: RgbImage,
  { scale, isScaledInDouble, offset, mean, std }: Normalisation,
  tensor: Float32Array,
  place: TensorPlace,
): boolean {
  kernel ??= startWasm<Kernel>(normaliseWasm);
  if (kernel === undefined) return false;
  const { memory, normalise } = kernel;
  const constants = kernel.base();
  const pixels = constants + constantBytes;
  const planes = pixels + 3 * portion + 64;
  const missing = planes + 12 * portion - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
  const bytes = new Uint8Array(memory.buffer);
  const values = new Float32Array(memory.buffer);
  values.set([offset, mean[0], std[0], mean[1], std[1], mean[2], std[2]], constants / 4);
  // Rows that fill the tensor's follow each other in both.
  const isWhole = columns === place.width;
  const lines = isWhole ? 1 : rows;
  const length = isWhole ? columns * rows : columns;
  const plane = place.width * place.height;
  for (let line = 0; line < lines; line++) {
    const start = place.offset + (place.top + line) * place.width + place.left;
    for (let first = 0; first < length; first += portion) {
      const count = Math.min(portion, length - first);
      const padded = (count + 15) & ~15;
      const read = 3 * (line * length + first);
      bytes.set(data.subarray(read, read + 3 * count), pixels);
      normalise(pixels, padded, planes, scale, Number(isScaledInDouble), constants);
      for (let channel = 0; channel < 3; channel++) {
        const from = planes / 4 + channel * padded;
        tensor.set(values.subarray(from, from + count), start + first + channel * plane);
      }
    }
  }
  return true;
}

let kernel: Kernel | undefined;
