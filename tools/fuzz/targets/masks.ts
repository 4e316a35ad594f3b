import { float16Bits, float16Value } from "@menagerie/core";
import {
  cropMask,
  decodeRuns,
  encodeRuns,
  type Mask,
  maskArea,
  maskBox,
  maskOverlap,
  modelMasks,
  packRuns,
  pictureMasks,
  polygonMask,
  unpackRuns,
} from "@menagerie/vision";
import type { Draws } from "../draws.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

/** Masks, their run lengths as numbers and strings, polygons, prototypes; float16. */
export const masksTarget: FuzzTarget = {
  name: "masks",
  share: 7,
  memoryMb: 192,
  refusals: ["input_invalid", "image_too_large"],
  async prepare() {
    return (draws) => draws.pick(jobs)(draws);
  },
};

const jobs = [thereAndBack, damagedRuns, damagedText, measured, polygons, prototypes, halves] as const;

function thereAndBack(draws: Draws): void {
  const mask = drawnMask(draws);
  const runs = encodeRuns(mask);
  const packed = packRuns(runs.counts);
  must(unpackRuns(packed).join() === runs.counts.join(), "packed runs come back otherwise");
  const again = decodeRuns({ size: runs.size, counts: draws.chance(0.5) ? packed : runs.counts });
  must(Buffer.from(mask.data).equals(again.data), "a mask comes back otherwise");
}

function damagedRuns(draws: Draws): void {
  const counts = Array.from({ length: draws.integer(0, 9) }, () =>
    draws.chance(0.2) ? draws.absurd() : draws.integer(0, 40),
  );
  const size = [side(draws), draws.chance(0.5) ? side(draws) : counts.reduce((sum, run) => sum + run, 0)] as const;
  const { data, width, height } = decodeRuns({ size: draws.chance(0.5) ? size : [size[1], 1], counts });
  must(data.length === width * height, "a mask has another size than it says");
}

function damagedText(draws: Draws): void {
  const good = packRuns(encodeRuns(drawnMask(draws)).counts);
  const sign = (): string =>
    draws.chance(0.5) ? String.fromCharCode(draws.integer(0, 0xffff)) : String.fromCharCode(draws.integer(48, 111));
  const at = draws.integer(0, good.length);
  const packed =
    good.slice(0, at) +
    Array.from({ length: draws.integer(0, 12) }, sign).join("") +
    good.slice(at + draws.integer(0, 3));
  const counts = unpackRuns(packed);
  must(counts.every(Number.isSafeInteger), `runs of ${counts}`);
  const { data } = decodeRuns({ size: [draws.integer(1, 30), draws.integer(1, 30)], counts: packed });
  must(
    data.every((value) => value < 2),
    "a mask of other values than 0 and 1",
  );
}

function measured(draws: Draws): void {
  const mask = drawnMask(draws);
  const edges = [side(draws), side(draws), side(draws), side(draws)] as const;
  const box = maskBox(mask);
  must((box === undefined) === (maskArea(mask) === 0), "a box around nothing, or none around something");
  if (box !== undefined) must(maskArea(cropMask(mask, box)) === maskArea(mask), "the box leaves something out");
  must(maskArea(cropMask(mask, edges)) <= maskArea(mask), "a part is larger than the whole");
  const overlap = maskOverlap(mask, draws.chance(0.5) ? drawnMask(draws) : mask);
  must(overlap >= 0 && overlap <= 1, `an overlap of ${overlap}`);
}

function polygons(draws: Draws): void {
  const outline = (): number[] =>
    Array.from({ length: draws.chance(0.9) ? 2 * draws.integer(0, 7) : draws.integer(0, 9) }, () =>
      draws.chance(0.05) ? draws.absurd() : draws.real(-20, 60),
    );
  const { data, width, height } = polygonMask(Array.from({ length: draws.integer(0, 3) }, outline), {
    width: side(draws),
    height: side(draws),
  });
  must(data.length === width * height, "a mask has another size than it says");
}

function prototypes(draws: Draws): void {
  const [channels, width, height, count] = [draws.integer(1, 4), side(draws), side(draws), draws.integer(0, 4)];
  const values = channels * width * height;
  const length = values > 0 && values < 1e5 && Number.isInteger(values) ? values : 7;
  const wrong = (): number => (draws.chance(0.03) ? 1 : 0);
  const detections = {
    prototypes: { data: draws.floats(length + wrong(), 0.002), channels, width, height },
    coefficients: draws.floats(count * channels + wrong(), 0.01),
    boxes: draws.floats(count * 4 + wrong(), 0.05).map((edge) => edge * 30),
  };
  const to = { width: side(draws), height: side(draws) };
  const masks = (draws.chance(0.5) ? modelMasks : pictureMasks)(detections, to);
  must(masks.length === count && masks.every(({ data }) => data.length === to.width * to.height), "a mask is missing");
}

function halves(draws: Draws): void {
  const value = draws.chance(0.2) ? draws.absurd() : draws.real(-70_000, 70_000);
  const bits = float16Bits(value);
  must(bits >= 0 && bits <= 0xffff && float16Bits(float16Value(bits)) === bits, `${value} is ${bits} as float16`);
}

function drawnMask(draws: Draws): Mask {
  const [width, height] = draws.chance(0.05) ? [draws.absurd(), 3] : [draws.integer(1, 30), draws.integer(1, 30)];
  const pixels = width * height;
  const isPossible = pixels < 1e4 && pixels > 0 && Number.isInteger(pixels);
  const density = draws.pick([0, 0.03, 0.5, 1]);
  const data = Uint8Array.from({ length: isPossible ? pixels : 5 }, () => (draws.chance(density) ? 1 : 0));
  return { data, width, height };
}

function side(draws: Draws): number {
  return draws.chance(0.06) ? draws.absurd() : draws.integer(1, 48);
}
