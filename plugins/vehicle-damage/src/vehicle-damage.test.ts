import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logTo, type ModelSpec, type PackedMask } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { ArtifactStore, contextFor } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { decodeRuns, ImagePipeline, maskArea, maskOverlap } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptVehicleDamage } from "./adopt-vehicle-damage.ts";
import { loadVehicleDamageModel, type VehicleDamageModel } from "./load-vehicle-damage-model.ts";
import { VehicleDamageLoader } from "./vehicle-damage-loader.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What ultralytics' predict answered; tools/export/vehicle-damage.py made it. */
interface Reference {
  names: string[];
  size: [height: number, width: number];
  threshold: number;
  iou: number;
  images: {
    file: string;
    pixel_sha256: string;
    output_sums: number[];
    prototype_sums: number[];
    first_row: number[];
    model: ReferenceAnswer;
    picture: ReferenceAnswer;
  }[];
}

interface ReferenceAnswer {
  boxes: number[][];
  scores: number[];
  labels: string[];
  masks: PackedMask[];
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(Math.abs(a.length - b.length), ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));

describe.each(["square", "wide", "one-class", "free-sides"])("the tiny YOLO %s answers as ultralytics does", (name) => {
  const folder = join(fixtures, name);
  let reference: Reference;
  let model: VehicleDamageModel;
  beforeAll(async () => {
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    model = await loadVehicleDamageModel(folder);
  });
  afterAll(() => model[Symbol.asyncDispose]());

  test("pixel tensors are identical, and the graph's outputs within 1e-4", async () => {
    const { spec } = model;
    const artifacts = new ArtifactStore(spec, folder);
    const context = contextFor({
      spec,
      device: "cpu",
      artifacts,
      log: logTo(() => {}),
      providers: [onnxProvider],
      threads: 1,
    });
    await using graph = await context.open("model");
    const pipeline = new ImagePipeline(spec.preprocessing.image as never);
    for (const { file, pixel_sha256, output_sums, prototype_sums, first_row } of reference.images) {
      const images = await pipeline.toTensor([await picture(file)]);
      const bytes = new Uint8Array(images.data.buffer, images.data.byteOffset, images.data.byteLength);
      expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(pixel_sha256);
      const { output0, output1 } = await graph.run({ images });
      const values = output0?.data as Float32Array;
      expect(farthest([...values.subarray(0, first_row.length)], first_row), file).toBeLessThan(1e-4);
      for (const [data, sums] of [
        [values, output_sums],
        [output1?.data as Float32Array, prototype_sums],
      ] as const) {
        const size = data.length / sums.length;
        const means = sums.map((_, i) => data.subarray(i * size, (i + 1) * size).reduce((a, b) => a + b, 0) / size);
        expect(
          farthest(
            means,
            sums.map((sum) => sum / size),
          ),
          file,
        ).toBeLessThan(1e-4);
      }
    }
  });

  test.each(["picture", "model"] as const)(
    "boxes, scores, classes and masks of the %s's size are the reference's",
    async (size) => {
      const { threshold, iou } = reference;
      for (const { file, [size]: expected } of reference.images) {
        const { objects, mask_size } = await model.segmentObjects({
          image: await picture(file),
          threshold,
          iou,
          mask_size: size,
        });
        expect(mask_size).toBe(size);
        expect(
          objects.map(({ label }) => label),
          file,
        ).toEqual(expected.labels);
        expect(
          farthest(
            objects.map(({ score }) => score),
            expected.scores,
          ),
          file,
        ).toBeLessThan(1e-4);
        const boxes = objects.map(({ box: { x1, y1, x2, y2 } }) => [x1, y1, x2, y2]);
        expect(farthest(boxes.flat(), expected.boxes.flat()), file).toBeLessThan(0.01);
        for (const [i, wanted] of expected.masks.entries()) {
          const { mask, area } = objects[i] as (typeof objects)[number];
          expect(mask.size).toEqual(wanted.size);
          expect(area).toBe(maskArea(decodeRuns(mask)));
          expect(maskOverlap(decodeRuns(mask), decodeRuns(wanted)), `${file} ${i}`).toBeGreaterThanOrEqual(0.999);
        }
      }
    },
  );

  test("the spec's thresholds hold where a question names none, and masks are the picture's", async () => {
    const image = await picture("large.jpg");
    const asked = await model.segmentObjects({ image, threshold: 0.25, iou: 0.45, mask_size: "picture" });
    expect(await model.segmentObjects({ image })).toEqual(asked);
    expect((await model.segmentObjects({ image, threshold: 1 })).objects).toEqual([]);
  });
});

describe("a spec", () => {
  const answer = async (changes: Partial<ModelSpec>): Promise<unknown> => {
    const folder = join(fixtures, "square");
    const model = await loadVehicleDamageModel(folder);
    await model[Symbol.asyncDispose]();
    const spec = { ...model.spec, ...changes };
    const artifacts = new ArtifactStore(spec, folder);
    const log = logTo(() => {});
    const loader = new VehicleDamageLoader(spec, (device) =>
      contextFor({ spec, device, artifacts, log, providers: [onnxProvider], threads: 1 }),
    );
    try {
      await loader.load();
      return await loader.run("segment-objects", { image: await picture("wide.jpg"), threshold: 0.2 });
    } finally {
      await loader.unload();
    }
  };

  test("without labels takes the graph's own names, in their order", async () => {
    const { objects } = (await answer({ labels: undefined })) as { objects: { label: string }[] };
    const reference = JSON.parse(await readFile(join(fixtures, "square/reference.json"), "utf8")) as Reference;
    expect(objects.length).toBeGreaterThan(3);
    for (const { label } of objects) expect(reference.names).toContain(label);
  });

  test("that names fewer classes than the graph has is refused with the tensor named", async () => {
    await expect(answer({ labels: ["dent"] })).rejects.toMatchObject({
      code: "graph_mismatch",
      message: expect.stringMatching(
        /gave float32 \[1, 18, 189\] as "output0", float32 \[1, 13, anchors\] was expected/,
      ),
    });
  });

  test("with a threshold above 1 is refused", async () => {
    await expect(answer({ parameters: { threshold: 2 } })).rejects.toMatchObject({ code: "model_spec_invalid" });
  });
});

describe("a folder that is adopted", () => {
  const like = { resource_requirements: { max_batch: 1 }, preprocessing: {}, parameters: {} } as unknown as ModelSpec;
  const damaged: [string, string, string, string, RegExp][] = [
    [
      "gives no prototypes",
      "square",
      "output1",
      "outputX",
      /key "output1": the graph has no such tensor among its outputs: output0, outputX/,
    ],
    [
      "takes no pictures",
      "square",
      "images",
      "imagez",
      /key "images": the graph has no such tensor among its inputs: imagez/,
    ],
    ["has another task", "square", "segment", "seqment", /key "task": is "seqment", and "segment" is needed/],
    [
      "names its classes in another form",
      "wide",
      "{0: 'Dents'",
      "{0; 'Dents'",
      /key "names": .*in a form that ultralytics does not write/,
    ],
    [
      "suppresses overlaps itself",
      "wide",
      "False",
      "True ",
      /key "end2end": is True: the graph chooses among overlapping boxes itself\. Export it with end2end=False/,
    ],
    [
      "has fewer classes than rows",
      "square",
      "'scratch', 5: 'tire flat'",
      "'scratch,  5:  tire flat'",
      /key "output0": is \[1, 18, 189\]; four edges, 5 classes and 8 masks make \[1, 17, anchors\]/,
    ],
  ];

  test.each(damaged)("and %s is refused with the tensor or the key named", async (_what, name, from, to, message) => {
    const folder = await mkdtemp(join(tmpdir(), "menagerie-damage-"));
    try {
      await cp(join(fixtures, name), folder, { recursive: true });
      const graph = await readFile(join(folder, "best.onnx"), "latin1");
      expect(graph).toContain(from);
      await writeFile(join(folder, "best.onnx"), graph.replaceAll(from, to), "latin1");
      await expect(adoptVehicleDamage(new CheckpointFolder(folder), like)).rejects.toMatchObject({
        code: "checkpoint_invalid",
        message: expect.stringMatching(message),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("and is no folder of such a model is refused with the files that were looked for", async () => {
    await expect(adoptVehicleDamage(new CheckpointFolder(join(fixtures, "pictures")), like)).rejects.toThrow(
      /model\.onnx/,
    );
  });

  test("says what it found, and pins every artifact", async () => {
    const { spec, findings } = await adoptVehicleDamage(new CheckpointFolder(join(fixtures, "wide")), like);
    expect(findings).toEqual([
      "pictures: letterbox of 128 x 64 px, weights fp32 (best.onnx)",
      "3 classes: Dents, Scratches, glass_shatter (metadata of best.onnx)",
      "masks of 8 prototypes (best.onnx)",
    ]);
    expect(spec.labels).toEqual(["Dents", "Scratches", "glass_shatter"]);
    for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
