import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { describe, expect, it } from "vitest";
import { ImagePipeline } from "../pipeline/image-pipeline.ts";
import { type ImageProcessor, readImageProcessor } from "./image-processor.ts";
import { timmProcessor } from "./timm-processor.ts";

interface Case {
  readonly files: Readonly<Record<string, object>>;
  readonly pictures: Readonly<Record<string, { shape?: number[]; digest?: string; raises?: string }>>;
}

const fixtures = new URL("../../fixtures/", import.meta.url);
const casesOf = (file: string): [string, Case][] =>
  Object.entries(JSON.parse(readFileSync(new URL(file, fixtures), "utf8")).cases);

describe("a folder's processor", () => {
  // Made by tools/export/vision/processor_files.py with transformers 5.23.
  it.each(casesOf("processor-files.json"))("of %s makes what transformers makes", async (_, { files, pictures }) => {
    const found = await reading(files, readImageProcessor);
    const isRaised = Object.values(pictures).every(({ raises }) => raises !== undefined);
    if (isRaised) {
      expect(found).toMatchObject({ code: "checkpoint_invalid", message: expect.stringContaining('key "') });
      return;
    }
    await compare(found, pictures);
  });

  // Made by tools/export/vision/timm_files.py with timm 1.0.
  it.each(casesOf("timm-files.json"))("of timm with %s makes what timm makes", async (_, { files, pictures }) => {
    await compare(await reading(files, timmProcessor), pictures);
  });

  it.each([
    [{ crop_mode: "border" }, "crop_mode"],
    [{ input_size: [3, 24, 30] }, "input_size"],
    [{ input_size: [1, 24, 24] }, "input_size"],
  ])("of timm with %j is refused by the key %s", async (pretrained_cfg, key) => {
    const found = await reading({ "config.json": { pretrained_cfg } }, timmProcessor);
    expect(found).toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringContaining(`config.json, key "pretrained_cfg.${key}`),
    });
  });
});

describe("a configuration of timm", () => {
  const size = { input_size: [3, 24, 24], crop_pct: 0.8, interpolation: "bilinear" };
  const sizeOf = (found: Found) => (found === undefined || found instanceof Error ? found : found.result);

  it("of an older kind has its keys at the top", async () => {
    const apart = await reading({ "config.json": { architecture: "resnet18", pretrained_cfg: size } }, timmProcessor);
    const older = await reading(
      { "config.json": { architecture: "resnet18", num_classes: 2, ...size } },
      timmProcessor,
    );
    expect(older).toMatchObject({ preprocessing: (apart as ImageProcessor).preprocessing });
    expect(
      await reading({ "config.json": { architecture: "resnet18", num_classes: 2 } }, timmProcessor),
    ).toBeUndefined();
    const refused = await reading({ "config.json": { architecture: "resnet18", crop_mode: "border" } }, timmProcessor);
    expect(refused).toMatchObject({ message: expect.stringContaining('config.json, key "crop_mode"') });
  });

  it("that was made anew for another size says so in its arguments, where the size is fixed", async () => {
    const made = (pretrained_cfg: object) =>
      reading({ "config.json": { architecture: "vit", pretrained_cfg, model_args: { img_size: 32 } } }, timmProcessor);
    expect(sizeOf(await made({ ...size, fixed_input_size: true }))).toEqual({ width: 32, height: 32 });
    expect(sizeOf(await made(size))).toEqual({ width: 24, height: 24 });
    const grey = { architecture: "vit", pretrained_cfg: size, model_args: { in_chans: 1 } };
    expect(await reading({ "config.json": grey }, timmProcessor)).toMatchObject({
      message: expect.stringContaining('key "model_args.in_chans"'),
    });
  });

  it("with keys that timm does not look at is told of them", async () => {
    const config = { architecture: "vit", pretrained_cfg: { ...size, tag: "x", license: "mit", gamma: 2.2 } };
    const found = await reading({ "config.json": config }, timmProcessor);
    expect((found as ImageProcessor).finding).toMatch(/pretrained_cfg\); timm does not look at gamma$/);
  });
});

type Found = ImageProcessor | Error | undefined;

async function compare(found: Found, pictures: Case["pictures"]): Promise<void> {
  if (found instanceof Error || found === undefined) throw found ?? new Error("nothing was found");
  const pipeline = new ImagePipeline(found.preprocessing);
  for (const [name, { shape = [], digest }] of Object.entries(pictures)) {
    using tensor = await pipeline.toTensor([new Uint8Array(readFileSync(new URL(`pictures/${name}`, fixtures)))]);
    expect(tensor.shape, name).toEqual([1, ...shape]);
    expect(createHash("sha256").update(tensor.data).digest("hex"), name).toBe(digest);
    if (found.result !== undefined) expect(shape.slice(1)).toEqual([found.result.height, found.result.width]);
  }
}

async function reading(
  files: Case["files"],
  read: (folder: CheckpointFolder) => Promise<ImageProcessor | undefined>,
): Promise<Found> {
  const path = await mkdtemp(join(tmpdir(), "menagerie-processor-files-"));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), JSON.stringify(content));
    return await read(new CheckpointFolder(path)).catch((thrown: Error) => thrown);
  } finally {
    await rm(path, { recursive: true });
  }
}
