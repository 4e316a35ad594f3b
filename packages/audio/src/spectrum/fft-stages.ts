import { radix2, radix3, radix4, radix5 } from "./fft-butterflies.ts";
import type { Butterflies, FftStage } from "./fft-stage.ts";

/** The stages of a transform, or nothing if a prime above 5 divides its size. */
export function fftStages(size: number): FftStage[] | undefined {
  const stages: FftStage[] = [];
  let [rest, stride] = [size, 1];
  for (const [radix, butterflies] of kinds) {
    while (rest % radix === 0) {
      rest /= radix;
      stages.push({ radix, span: rest, stride, ...twiddles(radix, rest), butterflies });
      stride *= radix;
    }
  }
  return rest === 1 ? stages : undefined;
}

const kinds: readonly (readonly [number, Butterflies])[] = [
  [4, radix4],
  [2, radix2],
  [3, radix3],
  [5, radix5],
];

function twiddles(radix: number, span: number): Pick<FftStage, "twiddleRe" | "twiddleIm"> {
  const twiddleRe = new Float64Array(span * (radix - 1));
  const twiddleIm = new Float64Array(span * (radix - 1));
  for (let p = 0; p < span; p++) {
    for (let j = 1; j < radix; j++) {
      const angle = (2 * Math.PI * p * j) / (span * radix);
      twiddleRe[(radix - 1) * p + j - 1] = Math.cos(angle);
      twiddleIm[(radix - 1) * p + j - 1] = -Math.sin(angle);
    }
  }
  return { twiddleRe, twiddleIm };
}
