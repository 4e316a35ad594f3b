import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededPicture } from "../../fixtures/resample-cases.ts";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { ImagePipeline } from "./image-pipeline.ts";

interface Prepared {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly shape?: readonly number[];
  readonly digest?: string;
  /** The reference raises. */
  readonly fails?: string;
}

const references: Record<string, { preprocessing: ImagePreprocessing; tensors: readonly Prepared[] }> = JSON.parse(
  readFileSync(new URL("../../fixtures/preparations.json", import.meta.url), "utf8"),
);

describe("ImagePipeline on pictures in memory", () => {
  it.each(Object.entries(references))("makes the tensors that %s makes", async (_, { preprocessing, tensors }) => {
    const pipeline = new ImagePipeline(preprocessing);
    const results: Prepared[] = [];
    for (const prepared of tensors) {
      const { seed, width, height } = prepared;
      const images = [seededPicture(seed, width, height, seed % 3)];
      if (prepared.fails !== undefined) {
        await expect(pipeline.toTensor(images)).rejects.toMatchObject({ code: "input_invalid" });
        results.push(prepared);
        continue;
      }
      const { data, shape } = await pipeline.toTensor(images);
      const digest = createHash("sha256").update(data).digest("hex").slice(0, 12);
      results.push({ seed, width, height, shape: shape.slice(1), digest });
    }
    expect(results).toEqual(tensors);
  });
});
