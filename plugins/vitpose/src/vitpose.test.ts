import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BoxEdges, logTo, type ModelSpec } from "@menagerie/core";
import { ArtifactStore, contextFor } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { cropPose, decodeImage, ImagePipeline, poseFrame } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadVitPoseModel, type VitPoseModel } from "./load-vitpose-model.ts";
import { VitPoseLoader } from "./vitpose-loader.ts";
import { vitPoseDescription } from "./vitpose-parameters.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What transformers answered; tools/export/vitpose/tiny_vitpose.py made it. */
interface Reference {
  images: {
    file: string;
    boxes: BoxEdges[];
    dataset_index: number;
    pixel_sha256: string;
    heatmap_sums: number[];
    first_heatmap: number[];
    people: { points: number[]; scores: number[] }[];
  }[];
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(Math.abs(a.length - b.length), ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));

describe.each(["plain", "experts", "baked"])("the tiny ViTPose %s answers as transformers does", (name) => {
  const folder = join(fixtures, name);
  const models = new Map<number, VitPoseModel>();
  let reference: Reference;
  beforeAll(async () => {
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    for (const index of new Set(reference.images.map(({ dataset_index }) => dataset_index)))
      models.set(index, await loadVitPoseModel(folder, { datasetIndex: index }));
  });
  afterAll(async () => {
    for (const model of models.values()) await model[Symbol.asyncDispose]();
  });
  const model = (index: number): VitPoseModel => models.get(index) as VitPoseModel;

  test("pixel tensors are identical, for boxes inside, at and over the borders", async () => {
    for (const { file, boxes, pixel_sha256, dataset_index } of reference.images) {
      const { data } = await crops(model(dataset_index).spec, file, boxes);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(pixel_sha256);
    }
  });

  test("heatmaps are within 1e-4", async () => {
    const { spec } = model(0);
    const context = contextFor({
      spec,
      device: "cpu",
      artifacts: new ArtifactStore(spec, folder),
      log: logTo(() => {}),
      providers: [onnxProvider],
      threads: 1,
    });
    await using graph = await context.open("model");
    for (const { file, boxes, dataset_index, heatmap_sums, first_heatmap } of reference.images) {
      const pixel_values = await crops(spec, file, boxes);
      const index = new BigInt64Array(boxes.length).fill(BigInt(dataset_index));
      const feeds =
        graph.inputs.dataset_index === undefined
          ? { pixel_values }
          : { pixel_values, dataset_index: { type: "int64" as const, shape: [boxes.length], data: index } };
      const maps = (await graph.run(feeds)).heatmaps;
      const values = Array.from(maps?.data as Float32Array);
      const size = values.length / heatmap_sums.length;
      const means = heatmap_sums.map(
        (_, i) => values.slice(i * size, (i + 1) * size).reduce((a, b) => a + b, 0) / size,
      );
      expect(
        farthest(
          means,
          heatmap_sums.map((sum) => sum / size),
        ),
        file,
      ).toBeLessThan(1e-4);
      if (first_heatmap.length > 0) expect(farthest(values.slice(0, size), first_heatmap), file).toBeLessThan(1e-4);
    }
  });

  test("keypoints are within 0.01 pixels and scores within 1e-4, for every data set", async () => {
    for (const { file, boxes, dataset_index, people } of reference.images) {
      const answer = await model(dataset_index).estimatePose({ image: await picture(file), boxes });
      for (const [i, expected] of people.entries()) {
        const { box, keypoints } = answer.people[i] as (typeof answer.people)[number];
        expect(Object.values(box)).toEqual(boxes[i]);
        expect(
          farthest(
            keypoints.flatMap(({ x, y }) => [x, y]),
            expected.points,
          ),
          `${file} ${i}`,
        ).toBeLessThan(0.01);
        expect(
          farthest(
            keypoints.map(({ score }) => score),
            expected.scores,
          ),
          `${file} ${i}`,
        ).toBeLessThan(1e-4);
      }
    }
  });

  test("people together are answered as one by one, and the whole picture where no box is given", async () => {
    const { file, boxes } = reference.images[0] as Reference["images"][number];
    const image = await picture(file);
    const together = await model(0).estimatePose({ image, boxes });
    const points = (answer: typeof together): number[] =>
      answer.people.flatMap(({ keypoints }) => keypoints.flatMap(({ x, y }) => [x, y]));
    const alone = await Promise.all(boxes.map((box) => model(0).estimatePose({ image, boxes: [box] })));
    expect(farthest(alone.flatMap(points), points(together))).toBeLessThan(0.01);
    // More than go through the graph at once.
    const crowd = Array.from({ length: 4 }, () => boxes).flat();
    expect(crowd.length).toBeGreaterThan(model(0).spec.resource_requirements.max_batch);
    const many = points(await model(0).estimatePose({ image, boxes: crowd }));
    expect(farthest(many, Array.from({ length: 4 }, () => points(together)).flat())).toBeLessThan(0.01);
    const [whole] = (await model(0).estimatePose({ image })).people;
    expect(whole?.box).toEqual({ x1: 0, y1: 0, x2: 160, y2: 40 });
    expect(whole).toEqual(alone[0]?.people[0]);
  });

  test("names and lines are the checkpoint's, and keypoints below the threshold are left out", async () => {
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as {
      id2label: Record<string, string>;
      edges: [number, number][];
    };
    const image = await picture("grey.jpg");
    const { people, skeleton } = await model(0).estimatePose({ image });
    const names = Object.values(config.id2label);
    expect(people[0]?.keypoints.map((point) => point.name)).toEqual(names);
    expect(skeleton).toEqual(config.edges.map(([from, to]) => [names[from], names[to]]));
    const scores = people[0]?.keypoints.map(({ score }) => score).sort((a, b) => a - b) ?? [];
    const threshold = scores[2] ?? 0;
    const kept = (await model(0).estimatePose({ image, threshold })).people[0]?.keypoints;
    expect(kept?.length).toBe(scores.length - 3);
    expect(kept?.every(({ score }) => score > threshold)).toBe(true);
  });
});

describe("a graph that takes three people at once, of a folder that says no more than transformers writes", () => {
  const folder = join(fixtures, "crowd");
  let reference: Reference;
  let model: VitPoseModel;
  beforeAll(async () => {
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    model = await loadVitPoseModel(folder);
  });
  afterAll(() => model[Symbol.asyncDispose]());

  test("is given people as the processor in processor_config.json cuts them out", async () => {
    for (const { file, boxes, pixel_sha256 } of reference.images) {
      const { data } = await crops(model.spec, file, boxes);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(pixel_sha256);
    }
  });

  test("answers for any number of people, and for what is nowhere, as transformers does", async () => {
    const lost = reference.images.filter(({ people }) => (people[0]?.scores[0] ?? 0) < 0);
    expect(lost.some(({ people }) => people.length > 1)).toBe(true);
    for (const { file, boxes, people } of reference.images) {
      const answer = await model.estimatePose({ image: await picture(file), boxes });
      expect(answer.skeleton).toEqual([]);
      for (const [i, { points, scores }] of people.entries()) {
        const { keypoints = [] } = answer.people[i] ?? {};
        expect(keypoints.map(({ name }) => name)).toEqual(["LABEL_0", "LABEL_1"]);
        const found = keypoints.flatMap(({ x, y }) => [x, y]);
        expect(farthest(found, points), `${file} ${i}`).toBeLessThan(0.01);
        const sure = keypoints.map(({ score }) => score);
        expect(farthest(sure, scores), `${file} ${i}`).toBeLessThan(1e-4);
      }
    }
  });
});

async function crops(spec: ModelSpec, file: string, boxes: readonly BoxEdges[]) {
  const { image, size, normalize_factor } = vitPoseDescription(spec);
  const decoded = await decodeImage(await picture(file));
  const frames = boxes.map(([x1, y1, x2, y2]) =>
    poseFrame({ left: x1, top: y1, width: x2 - x1, height: y2 - y1 }, size, normalize_factor),
  );
  return new ImagePipeline(image).toTensor(frames.map((frame) => cropPose(decoded, frame, size)));
}

describe("a spec", () => {
  const load = async (changes: Partial<ModelSpec>): Promise<unknown> => {
    const folder = join(fixtures, "experts");
    const model = await loadVitPoseModel(folder);
    await model[Symbol.asyncDispose]();
    const spec = { ...model.spec, output_schema: {}, ...changes };
    const artifacts = new ArtifactStore(spec, folder);
    const log = logTo(() => {});
    const loader = new VitPoseLoader(spec, (device) =>
      contextFor({ spec, device, artifacts, log, providers: [onnxProvider], threads: 1 }),
    );
    try {
      await loader.load();
      return await loader.run("estimate-pose", { image: await picture("grey.jpg") });
    } finally {
      await loader.unload();
    }
  };

  test("that names other keypoints than the graph gives is refused with the tensor named", async () => {
    await expect(load({ labels: ["tip", "joint", "knuckle", "wrist"], parameters: {} })).rejects.toMatchObject({
      code: "graph_mismatch",
      message: expect.stringMatching(/gave float32 \[1, 5, 16, 16\] as "heatmaps", float32 \[1, 4, height, width\]/),
    });
  });

  test.each<[string, Partial<ModelSpec>, RegExp]>([
    ["without names", { labels: [] }, /"labels" must name the keypoints/],
    [
      "that joins what is not there",
      { parameters: { edges: [[0, 5]] } },
      /joins keypoints that "labels" does not have/,
    ],
    ["with a parameter of another kind", { parameters: { dataset_index: -1 } }, /"parameters": .*dataset_index/],
    ["without a size", { preprocessing: {} }, /must have the width and height/],
  ])("%s is refused", async (_what, changes, message) => {
    await expect(load(changes)).rejects.toMatchObject({
      code: "model_spec_invalid",
      message: expect.stringMatching(message),
    });
  });
});
