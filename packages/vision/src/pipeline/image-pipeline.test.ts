import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { defaultImageLimits } from "../decode/image-limits.ts";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import { ImagePipeline } from "./image-pipeline.ts";

interface Reference {
  readonly preprocessing: ImagePreprocessing;
  /** Per picture: "height width digest". */
  readonly tensors: Readonly<Record<string, string>>;
}

const fixtures = new URL("../../fixtures/", import.meta.url);
const references: Record<string, Reference> = JSON.parse(readFileSync(new URL("processors.json", fixtures), "utf8"));

describe("ImagePipeline", () => {
  it.each(Object.entries(references))(
    "makes the float32 tensors that %s makes, of every picture",
    async (_, { preprocessing, tensors }) => {
      const pipeline = new ImagePipeline(preprocessing);
      const results: Record<string, string> = {};
      for (const name of Object.keys(tensors)) {
        const { data, shape } = await pipeline.toTensor([file(name)]);
        results[name] = `${shape[2]} ${shape[3]} ${digest(data)}`;
      }
      expect(results).toEqual(tensors);
      expect(Object.keys(tensors).length).toBeGreaterThan(70);
    },
  );

  it("says which of several pictures is broken, and nothing of the kind where there is one", async () => {
    const pipeline = new ImagePipeline(clip());
    const good = file("jpeg-wide.jpg");
    const broken = Uint8Array.of(1, 2, 3);
    await expect(pipeline.toTensor([good, broken, good])).rejects.toMatchObject({
      code: "image_undecodable",
      message: expect.stringMatching(/^Picture 2 of 3: /),
      details: { index: 1 },
    });
    await expect(pipeline.toTensor([broken])).rejects.not.toMatchObject({ details: { index: expect.anything() } });
  });

  it("gives each picture of a batch the tensor that it gets alone", async () => {
    const pipeline = new ImagePipeline(clip());
    const files = ["jpeg-wide.jpg", "png-palette-8-bit-transparent.png", "jpeg-orientation-6.jpg"].map(file);
    const batch = await pipeline.toTensor(files);
    expect(batch.shape).toEqual([3, 3, 224, 224]);
    for (const [i, bytes] of files.entries()) {
      const alone = await pipeline.toTensor([bytes]);
      expect(digest(batch.data.subarray(i * 3 * 224 * 224, (i + 1) * 3 * 224 * 224))).toBe(digest(alone.data));
    }
  });

  it("refuses a batch of several shapes where the description fixes none", async () => {
    const { crop: _, ...preprocessing } = clip();
    const pipeline = new ImagePipeline(preprocessing);
    await expect(pipeline.toTensor([file("jpeg-wide.jpg"), file("jpeg-tall.jpg")])).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringContaining("Picture 2 comes out as 224 x 5973, the first one as 5973 x 224"),
    });
  });

  it("refuses more pixels than the spec allows a question, before it decodes one", async () => {
    const { crop: _, ...preprocessing } = clip();
    const wide = file("jpeg-wide.jpg").subarray(0, 700);
    const one = new ImagePipeline({ ...preprocessing, max_pixels: 1_000_000 });
    await expect(one.toTensor([wide])).rejects.toMatchObject({
      code: "image_too_large",
      message: expect.stringContaining(
        "240 x 9 pixels becomes 5973 x 224 = 1337952 pixels for this model; its spec allows 1000000",
      ),
    });
    const several = new ImagePipeline({ ...clip(), max_pixels: 100_000 });
    await expect(several.toTensor([wide, wide])).rejects.toMatchObject({
      code: "image_too_large",
      message: expect.stringContaining("2 pictures become as many times 224 x 224 = 100352 pixels"),
    });
    await expect(several.toTensor([file("jpeg-wide.jpg")])).resolves.toMatchObject({ shape: [1, 3, 224, 224] });
  });

  it("refuses an empty batch", async () => {
    await expect(new ImagePipeline(clip()).toTensor([])).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("refuses a sliver that would grow without bound, with the size it would have", async () => {
    const sliver = await sharp({ create: { width: 60_000, height: 1, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const pipeline = new ImagePipeline(clip(), { ...defaultImageLimits, maxPixels: 1e8 });
    await expect(pipeline.toTensor([sliver])).rejects.toMatchObject({
      code: "image_too_large",
      message: expect.stringContaining(
        "becomes 13440000 x 224 = 3010560000 pixels for this model; the limit is 100000000",
      ),
    });
  });

  it("fails with the fault of the picture that cannot be decoded, wherever it stands in the batch", async () => {
    const pipeline = new ImagePipeline(clip());
    for (const at of [0, 1, 2]) {
      const files = ["png-rgb.png", "png-rgba.png", "jpeg-420.jpg"].map(file);
      files[at] = Buffer.from("no picture");
      await expect(pipeline.toTensor(files)).rejects.toMatchObject({ code: "image_undecodable" });
    }
  });
});

function clip(): ImagePreprocessing {
  return (references["CLIPImageProcessor, clip"] as Reference).preprocessing;
}

function file(name: string): Uint8Array {
  return readFileSync(new URL(`pictures/${name}`, fixtures));
}

function digest(data: ArrayBufferView): string {
  return createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex")
    .slice(0, 12);
}
