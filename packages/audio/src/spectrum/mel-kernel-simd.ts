import type { FftStage } from "./fft-stage.ts";
import { fftStages } from "./fft-stages.ts";
import { blockFramesOf, type MelKernel, type MelKernelPlan } from "./mel-kernel.ts";
import { melPowersWasm } from "./mel-powers-wasm.ts";

/** Four frames at a time on 128-bit vectors; nothing where the engine has none, or for sizes it does not transform. */
export function simdMelKernel(plan: MelKernelPlan): MelKernel | undefined {
  const { options, filters, window } = plan;
  const { fftSize, hopLength } = options;
  const stages = fftStages(fftSize);
  const kernels = stages === undefined || fftSize > largestSize ? undefined : startKernels();
  if (stages === undefined || kernels === undefined) return undefined;
  const blockFrames = blockFramesOf(options);
  const space = new Space(kernels.memory);
  const places = {
    window: space.take(fftSize * 8),
    stages: space.take(stages.length * 16),
    twiddles: stages.map((stage) => space.take(stage.twiddleRe.length * 16)),
    bufferA: space.take(fftSize * 32),
    bufferB: space.take(fftSize * 32),
    spectrum: space.take(filters.binCount * 32),
    filters: space.take(filters.melCount * 8),
    weights: space.take(filters.weights.length * 8),
    samples: space.take(((blockFrames - 1) * hopLength + fftSize) * 4),
    powers: space.take(blockFrames * filters.melCount * 8),
  };
  const buffer = space.grow();
  if (buffer === undefined) return undefined;
  new Float64Array(buffer, places.window, fftSize).set(window);
  new Float64Array(buffer, places.weights, filters.weights.length).set(filters.weights);
  new Int32Array(buffer, places.filters, 2 * filters.melCount).set(
    [...filters.firstBin].flatMap((bin, mel) => [bin, filters.offsets[mel + 1] as number]),
  );
  writeStages(buffer, stages, places.stages, places.twiddles);
  return {
    blockFrames,
    samples: new Float32Array(buffer, places.samples, (blockFrames - 1) * hopLength + fftSize),
    powers: new Float64Array(buffer, places.powers, blockFrames * filters.melCount),
    run(frames) {
      kernels.melPowers(
        places.samples,
        4 * Math.ceil(frames / 4),
        hopLength,
        fftSize,
        places.window,
        places.stages,
        stages.length,
        places.bufferA,
        places.bufferB,
        filters.binCount,
        places.spectrum,
        filters.melCount,
        places.filters,
        places.weights,
        places.powers,
      );
    },
  };
}

const largestSize = 2 ** 16;

interface Kernels {
  readonly memory: Memory;
  readonly melPowers: (...values: number[]) => void;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What is used of the global of that name: @types/node does not describe it, and the browser's types bring all of the DOM. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

let compiled: object | undefined;

function startKernels(): Kernels | undefined {
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly?: WebAssemblyGlobal };
  if (engine === undefined) return undefined;
  try {
    compiled ??= new engine.Module(Buffer.from(melPowersWasm, "base64"));
    return new engine.Instance(compiled).exports as Kernels;
  } catch {
    // No vectors on this processor: the scalar kernel gives the same powers, later.
    return undefined;
  }
}

/** Hands out WebAssembly's memory from its start, which the kernel itself leaves free. */
class Space {
  readonly #memory: Memory;
  #end = 1024;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  take(bytes: number): number {
    const at = this.#end;
    this.#end = at + 16 * Math.ceil(bytes / 16);
    return at;
  }

  /** The memory, large enough for all that was taken; nothing if there is not so much. */
  grow(): ArrayBuffer | undefined {
    const missing = this.#end - this.#memory.buffer.byteLength;
    try {
      if (missing > 0) this.#memory.grow(Math.ceil(missing / 65_536));
      return this.#memory.buffer;
    } catch {
      return undefined;
    }
  }
}

function writeStages(buffer: ArrayBuffer, stages: readonly FftStage[], at: number, twiddles: readonly number[]): void {
  for (const [i, { radix, span, stride, twiddleRe, twiddleIm }] of stages.entries()) {
    const place = twiddles[i] as number;
    new Int32Array(buffer, at + 16 * i, 4).set([radix, span, stride, place]);
    const to = new Float64Array(buffer, place, 2 * twiddleRe.length);
    for (let j = 0; j < twiddleRe.length; j++) {
      to[2 * j] = twiddleRe[j] as number;
      to[2 * j + 1] = twiddleIm[j] as number;
    }
  }
}
