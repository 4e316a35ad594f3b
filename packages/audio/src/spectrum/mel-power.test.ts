import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compiledMelPowers } from "../../assembly/build.ts";
import { signal } from "../../fixtures/signals.ts";
import { type FrameOptions, frameCount, frameWindow } from "./frame-layout.ts";
import { melFilters } from "./mel-filters.ts";
import { scalarMelKernel } from "./mel-kernel-scalar.ts";
import { simdMelKernel } from "./mel-kernel-simd.ts";
import { MelPower } from "./mel-power.ts";
import { stft } from "./stft.ts";

const window = { name: "hann", symmetry: "periodic" } as const;

describe("MelPower", () => {
  it("gives the same powers with and without vectors, and those of stft, for every size and padding", () => {
    const sizes = fc.record({
      fftSize: fc.integer({ min: 4, max: 600 }),
      hopLength: fc.integer({ min: 1, max: 300 }),
      samples: fc.integer({ min: 1, max: 3000 }),
    });
    const padding = fc.constantFrom("reflect", "constant", "replicate", "none" as const);
    fc.assert(
      fc.property(sizes, padding, ({ fftSize, hopLength, samples }, mode) => {
        const options: FrameOptions = { fftSize, hopLength, window, padding: mode };
        const x = signal(3, samples);
        const [fastest, scalar] = [
          new MelPower(options, bank(fftSize)),
          new MelPower(options, bank(fftSize), scalarMelKernel),
        ];
        const { re, im, frames, bins } = stft(x, options);
        expect(frameCount(samples, options)).toBe(frames);
        for (const power of [fastest, scalar]) {
          power.forEachFrame(x, 0, frames, (frame, powers, at) => {
            const expected = melsOf(power, re.subarray(frame * bins), im.subarray(frame * bins));
            for (const [mel, value] of expected.entries()) {
              expect(Math.abs((powers[at + mel] as number) - value)).toBeLessThan(1e-10 * (1 + value));
            }
          });
        }
      }),
      { numRuns: 150 },
    );
  });

  it("runs on vectors where a size has no prime above 5, as every supported Node.js can", () => {
    for (const fftSize of [400, 512, 1024, 480, 375, 6]) {
      const options: FrameOptions = { fftSize, hopLength: 160, window, padding: "reflect" };
      const plan = { options, filters: bank(fftSize), window: frameWindow(options) };
      expect(simdMelKernel(plan), `${fftSize}`).toBeDefined();
    }
    const options: FrameOptions = { fftSize: 401, hopLength: 160, window, padding: "reflect" };
    expect(simdMelKernel({ options, filters: bank(401), window: frameWindow(options) })).toBeUndefined();
  });

  it("embeds exactly what its AssemblyScript source compiles to", async () => {
    const embedded = await readFile(new URL("mel-powers-wasm.ts", import.meta.url), "utf8");
    expect(embedded).toBe(await compiledMelPowers());
  });
});

function bank(fftSize: number): ReturnType<typeof melFilters> {
  const binCount = Math.floor(fftSize / 2) + 1;
  const range = { minFrequency: 0, maxFrequency: 8000, sampleRate: 16_000 };
  return melFilters({ melCount: 7, binCount, ...range, scale: "htk", shape: "triangles" });
}

function melsOf({ filters }: MelPower, re: Float64Array, im: Float64Array): number[] {
  const { melCount, firstBin, offsets, weights } = filters;
  return Array.from({ length: melCount }, (_, mel) => {
    const from = offsets[mel] as number;
    return weights.subarray(from, offsets[mel + 1]).reduce((sum, weight, i) => {
      const bin = (firstBin[mel] as number) + i;
      return sum + weight * ((re[bin] as number) ** 2 + (im[bin] as number) ** 2);
    }, 0);
  });
}
