import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type ModelSpec, parseModelSpecs } from "@menagerie/core";
import { type Adopter, adoptedSpec, CheckpointFolder } from "@menagerie/core/adopt";

import { onnxProvider } from "@menagerie/onnx";
import { loadPetClassifierModel } from "@menagerie/plugin-pet-classifier";
import { loadVehicleClassifierModel } from "@menagerie/plugin-vehicle-classifier";
import { loadViolenceModel } from "@menagerie/plugin-violence";
import { loadWeatherModel } from "@menagerie/plugin-weather";
import { contextOf, refusalOfChanged } from "@menagerie/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ImagePipeline } from "../pipeline/image-pipeline.ts";
import type { ImagePreprocessing } from "../preprocessing/image-preprocessing.ts";
import type { ImageClassifierModel } from "./image-classifier-model.ts";
import kit from "./index.ts";
import { PictureGraph } from "./picture-graph.ts";

/** What the official implementation answered; the scripts of tools/export made it. */
interface Reference {
  labels: string[];
  images: { file: string; pixel_sha256: string; logits: number[]; scores: number[] }[];
}

/** The packages that are this kit's classifier and a spec, and what adopting the first of each one's tiny models finds. */
const plugins = {
  "pet-classifier": {
    load: loadPetClassifierModel,
    found: [
      "pictures: 28 px short edge of 0.875 kept, bicubic (preprocessor_config.json)",
      "weights fp32 (onnx/model.onnx)",
      "2 labels, softmax: cats, dogs (config.json)",
    ],
  },
  "vehicle-classifier": {
    load: loadVehicleClassifierModel,
    found: [
      "pictures: 32 x 32 px, bilinear (preprocessor_config.json)",
      "weights fp32 (onnx/model.onnx)",
      "11 labels, softmax: articulated_truck, background, bicycle, bus, car, motorcycle, non-motorized_vehicle, pedestrian, pickup_truck, single_unit_truck, work_van (config.json)",
    ],
  },
  violence: {
    load: loadViolenceModel,
    found: [
      "pictures: 32 x 32 px, bilinear (preprocessor_config.json)",
      "weights fp32 (onnx/model.onnx)",
      "2 labels, softmax: NonViolence, Violence (config.json)",
    ],
  },
  weather: {
    load: loadWeatherModel,
    found: [
      "pictures: 32 x 32 px, bilinear (preprocessor_config.json)",
      "weights fp32 (onnx/model.onnx)",
      "5 labels, softmax: cloudy/overcast, foggy/hazy, rain/strom, snow/frosty, sun/clear (config.json)",
    ],
  },
} as const;

const farthest = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(value - (a[i] ?? Number.NaN))));

describe.each(Object.entries(plugins))("plugins/%s", (folderName, { load, found }) => {
  const fixtures = fileURLToPath(new URL(`../../../../plugins/${folderName}/fixtures`, import.meta.url));
  const picture = async (file: string): Promise<Uint8Array> =>
    new Uint8Array(await readFile(join(fixtures, "pictures", file)));
  const adopt = kit.adopt["image-classifier"] as Adopter;

  describe.each(["seed-1", "seed-2", "seed-3"])(
    "the tiny model %s answers as the official implementation does",
    (name) => {
      const folder = join(fixtures, name);
      let reference: Reference;
      let model: ImageClassifierModel;
      beforeAll(async () => {
        reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
        model = await load(folder);
      });
      afterAll(() => model[Symbol.asyncDispose]());

      test("pixel tensors are identical", async () => {
        const pipeline = new ImagePipeline(model.spec.preprocessing.image as ImagePreprocessing);
        for (const { file, pixel_sha256 } of reference.images) {
          using pixels = await pipeline.toTensor([await picture(file)]);
          expect(createHash("sha256").update(pixels.data).digest("hex"), file).toBe(pixel_sha256);
        }
      });

      test("logits are within 1e-4, of one picture and of a batch", async () => {
        const { spec } = model;
        const graph = await PictureGraph.open(contextOf({ spec, artifactsRoot: folder }, [onnxProvider]), "logits");
        const images = await Promise.all(reference.images.map(({ file }) => picture(file)));
        const batch = await graph.run(images);
        const count = reference.labels.length;
        for (const [i, { file, logits }] of reference.images.entries()) {
          const { data } = await graph.run([images[i] as Uint8Array]);
          // Relative to the largest: weights of one seed give logits of a hundred.
          const unit = Math.max(1, ...logits.map(Math.abs));
          expect(farthest(data, logits) / unit, file).toBeLessThan(1e-4);
          expect(farthest(batch.data.subarray(i * count, (i + 1) * count), logits) / unit, file).toBeLessThan(1e-4);
        }
      });

      test("labels come best first with scores within 1e-4, and a batch equals one by one", async () => {
        const images = await Promise.all(reference.images.map(({ file }) => picture(file)));
        const together = await model.classifyImages(images);
        for (const [i, { file, scores }] of reference.images.entries()) {
          const { labels } = await model.classifyImage(images[i] as Uint8Array);
          expect(labels.map(({ score }) => score)).toEqual(labels.map(({ score }) => score).sort((a, b) => b - a));
          for (const found of [labels, together[i]?.labels ?? []]) {
            const byLabel = reference.labels.map(
              (label) => found.find((one) => one.label === label)?.score ?? Number.NaN,
            );
            expect(farthest(byLabel, scores), file).toBeLessThan(1e-4);
          }
        }
        const [first] = images as [Uint8Array];
        expect((await model.classifyImage(first, 1)).labels).toEqual(
          (await model.classifyImage(first)).labels.slice(0, 1),
        );
      });
    },
  );

  describe("a folder that is adopted", () => {
    const like = { resource_requirements: { max_batch: 16 }, parameters: {} } as unknown as ModelSpec;
    test.each<[string, string, (text: string) => string, RegExp]>([
      ["is cut off", "onnx/model.onnx", (text) => text.slice(0, 5000), /is not a whole ONNX model/],
      [
        "names other labels",
        "config.json",
        () => '{"id2label": {"0": "a"}}',
        /config\.json, key "id2label": names 1 label, the graph has \d+ logits/,
      ],
      [
        "leaves a label out",
        "config.json",
        () => '{"id2label": {"0": "a", "2": "b"}}',
        /key "id2label": has no label 1 among its 2/,
      ],
      [
        "has another processor",
        "preprocessor_config.json",
        () => '{"image_processor_type": "BlipImageProcessor"}',
        /key "image_processor_type": is "BlipImageProcessor"/,
      ],
    ])("and %s is refused with the file and the key", async (_what, file, change, message) => {
      const checkpoint = join(fixtures, "seed-1");
      const error = await refusalOfChanged(checkpoint, { [file]: change }, (folder) => adopt(folder, like));
      expect(error?.code).toBe("checkpoint_invalid");
      expect(error?.message).toMatch(message);
    });

    test("says what it found, and pins every artifact", async () => {
      const { spec, findings } = await adopt(new CheckpointFolder(join(fixtures, "seed-1")), like);
      expect(findings).toEqual(found);
      for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
    });

    test("and has no processor's file is prepared as the model's spec says, told as assumed, or refused", async () => {
      const [like] = parseModelSpecs(parse(await readFile(await specFile(), "utf8")), folderName);
      const assumes = like.parameters.assumed_preprocessing === true;
      const read = async (folder: CheckpointFolder): Promise<void> => {
        const adopted = await adopt(folder, like);
        expect(adopted.assumptions).toEqual([expect.stringContaining("as in this family's training")]);
        const { preprocessing, parameters } = adoptedSpec(adopted, like, "own");
        expect(preprocessing.image).toMatchObject({ mean: like.preprocessing.image?.mean, filter: "bilinear" });
        expect(parameters).toEqual({ activation: "softmax" });
      };
      const error = await refusalOfChanged(join(fixtures, "seed-1"), { "preprocessor_config.json": undefined }, read);
      expect([folderName === "vehicle-classifier", error?.code]).toEqual([
        assumes,
        assumes ? undefined : "checkpoint_invalid",
      ]);
    });

    const specFile = async (): Promise<string> => {
      const models = join(fixtures, "../models");
      return join(models, (await readdir(models))[0] ?? "");
    };
  });
});

test("many pictures are an array, and the end of a model waits for them", async () => {
  const fixtures = fileURLToPath(new URL("../../../../plugins/weather/fixtures", import.meta.url));
  const [file = ""] = await readdir(join(fixtures, "pictures"));
  const image = new Uint8Array(await readFile(join(fixtures, "pictures", file)));
  const model = await loadWeatherModel(join(fixtures, "seed-1"));
  for (const images of [5, undefined, new Set([image]), [image].values()])
    await expect(model.classifyImages(images as never)).rejects.toMatchObject({ code: "input_invalid" });
  const underWay = model.classifyImages(new Array<Uint8Array>(40).fill(image));
  // The pictures are read, and the graph is not asked yet.
  await new Promise((resolve) => setTimeout(resolve, 1));
  await model[Symbol.asyncDispose]();
  expect(await underWay).toHaveLength(40);
  await expect(model.classifyImages([image])).rejects.toMatchObject({ code: "model_not_loaded" });
});
