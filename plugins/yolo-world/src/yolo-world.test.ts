import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import type { Graph, LoadContext } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { contextOf as contextOfModel } from "@menagerie/testing";
import { Tokenizer, textPreprocessing } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptYoloWorld } from "./adopt-yolo-world.ts";
import { LabelVectors } from "./label-vectors.ts";
import { loadYoloWorldModel, type YoloWorldModel } from "./load-yolo-world-model.ts";
import { YoloWorldLoader } from "./yolo-world-loader.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What ultralytics and transformers answered; tools/export/yolo-world.py made it. */
interface Reference {
  iou: number;
  /** Empty where the vocabulary is baked in. */
  texts: { text: string; input_ids: number[]; text_embeds: number[] }[];
  images: {
    file: string;
    labels: string[];
    threshold: number;
    pixel_sha256: string;
    output_sums: number[];
    boxes: number[][];
    scores: number[];
    /** Positions in `labels`. */
    names: number[];
  }[];
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(Math.abs(a.length - b.length), ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));
const never = new AbortController().signal;

const contextOf = (spec: ModelSpec, artifactsRoot: string): LoadContext =>
  contextOfModel({ spec, artifactsRoot }, [onnxProvider]);

describe.each(["open", "wide", "baked"])("the tiny YOLO-World %s answers as ultralytics does", (name) => {
  const folder = join(fixtures, name);
  let reference: Reference;
  let world: YoloWorldModel;
  beforeAll(async () => {
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    world = await loadYoloWorldModel(folder);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test("token ids are identical and text vectors within 1e-4, of unit length", async () => {
    const context = contextOf(world.spec, folder);
    for (const { text, input_ids, text_embeds } of reference.texts) {
      const tokenizer = await Tokenizer.read(join(folder, "tokenizer.json"));
      expect(tokenizer.encode(text, textPreprocessing(world.spec).max_length), text).toEqual(input_ids);
      const opened: Graph[] = [];
      const vectors = await LabelVectors.open({
        ...context,
        open: async (graph) => {
          opened.push(await context.open(graph));
          return opened.at(-1) as Graph;
        },
      });
      const { data, shape } = await vectors.tensor([text], "float32", never);
      for (const graph of opened) await graph[Symbol.asyncDispose]();
      expect(shape).toEqual([1, 1, 512]);
      expect(farthest([...(data as Float32Array)], text_embeds), text).toBeLessThan(1e-4);
    }
    expect(reference.texts.length > 0).toBe(name !== "baked");
  });

  test("pixel tensors are identical, and the graph's outputs within 1e-4", async () => {
    const context = contextOf(world.spec, folder);
    await using graph = await context.open("model");
    const pipeline = new ImagePipeline(world.spec.preprocessing.image as never);
    for (const { file, labels, pixel_sha256, output_sums } of reference.images) {
      const images = await pipeline.toTensor([await picture(file)]);
      const bytes = new Uint8Array(images.data.buffer, images.data.byteOffset, images.data.byteLength);
      expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(pixel_sha256);
      const vectors = labels.map((label) => reference.texts.find(({ text }) => text === label)?.text_embeds ?? []);
      const txt_feats = {
        type: "float32" as const,
        shape: [1, labels.length, 512],
        data: Float32Array.from(vectors.flat()),
      };
      const { output0 } = await graph.run(name === "baked" ? { images } : { images, txt_feats });
      const values = output0?.data as Float32Array;
      const size = values.length / output_sums.length;
      const means = output_sums.map(
        (_, i) => values.subarray(i * size, (i + 1) * size).reduce((a, b) => a + b, 0) / size,
      );
      expect(
        farthest(
          means,
          output_sums.map((sum) => sum / size),
        ),
        file,
      ).toBeLessThan(1e-4);
    }
  });

  test("boxes are within 0.01 pixels and scores within 1e-4, for every vocabulary", async () => {
    for (const { file, labels, threshold, boxes, scores, names } of reference.images) {
      const question = { image: await picture(file), threshold, iou: reference.iou };
      const { objects } = await world.detectObjects(name === "baked" ? question : { ...question, labels });
      const where = `${file} ${labels.length}`;
      expect(
        objects.map(({ label }) => label),
        where,
      ).toEqual(names.map((i) => labels[i]));
      expect(
        farthest(
          objects.map(({ score }) => score),
          scores,
        ),
        where,
      ).toBeLessThan(1e-4);
      const edges = objects.flatMap(({ box: { x1, y1, x2, y2 } }) => [x1, y1, x2, y2]);
      expect(farthest(edges, boxes.flat()), where).toBeLessThan(0.01);
      expect(objects.length).toBeGreaterThan(3);
    }
  });
});

describe("a vocabulary at run time", () => {
  test("callers with different labels do not disturb each other, and a label given twice counts once", async () => {
    await using world = await loadYoloWorldModel(join(fixtures, "open"));
    const image = await picture("wide.jpg");
    const ask = (labels: string[]) => world.detectObjects({ image, labels, threshold: 0.05 });
    const [cats, people] = [await ask(["a cat", "x"]), await ask(["person"])];
    expect(await Promise.all([ask(["a cat", "x"]), ask(["person"]), ask(["a cat", "x"])])).toEqual([
      cats,
      people,
      cats,
    ]);
    expect(await ask(["a cat", "a cat", "x"])).toEqual(cats);
    expect(new Set(people.objects.map(({ label }) => label))).toEqual(new Set(["person"]));
  });

  test("is needed where the model has none, and one that is baked in is all there is", async () => {
    const image = await picture("wide.jpg");
    await using world = await loadYoloWorldModel(join(fixtures, "open"));
    await expect(world.detectObjects({ image })).rejects.toMatchObject({
      code: "input_invalid",
      message: 'yolo-world has no labels of its own: say what to look for, as "labels".',
    });
    await using baked = await loadYoloWorldModel(join(fixtures, "baked"));
    expect(baked.spec.labels).toEqual(["car", 'it\'s a "van"', "bus"]);
    await expect(baked.detectObjects({ image, labels: ["bus", "dog"] })).rejects.toThrow(
      /cannot look for dog: its vocabulary is baked in \(car, it's a "van", bus\)/,
    );
    const all = await baked.detectObjects({ image, threshold: 0.05 });
    const buses = await baked.detectObjects({ image, threshold: 0.05, labels: ["bus"] });
    expect(buses.objects).toEqual(all.objects.filter(({ label }) => label === "bus"));
  });
});

describe("a spec", () => {
  test.each<[string, (spec: ModelSpec) => Partial<ModelSpec>, RegExp]>([
    [
      "without a tokenizer for its text tower",
      ({ preprocessing: { image = {} } }) => ({ preprocessing: { image } }),
      /"preprocessing" must have "text"/,
    ],
    [
      "without a letterbox",
      ({ preprocessing: { text = {} } }) => ({ preprocessing: { text } }),
      /"preprocessing" must have "image"/,
    ],
    ["with a threshold above 1", () => ({ parameters: { threshold: 2 } }), /"parameters": .*threshold/],
  ])("%s is refused", async (_what, changed, message) => {
    const folder = join(fixtures, "open");
    const model = await loadYoloWorldModel(folder);
    await model[Symbol.asyncDispose]();
    const spec = { ...model.spec, ...changed(model.spec) };
    const loader = new YoloWorldLoader(spec, () => contextOf(spec, folder));
    await expect(loader.load()).rejects.toMatchObject({
      code: "model_spec_invalid",
      message: expect.stringMatching(message),
    });
  });
});

describe("a folder that is adopted", () => {
  const like = { resource_requirements: { max_batch: 16 }, preprocessing: {}, parameters: {} } as unknown as ModelSpec;
  const adoptDamaged = async (name: string, file: string, from: string, to: string): Promise<unknown> => {
    const folder = await mkdtemp(join(tmpdir(), "menagerie-yolo-world-"));
    try {
      await cp(join(fixtures, name), folder, { recursive: true });
      const text = await readFile(join(folder, file), "latin1");
      expect(text).toContain(from);
      await writeFile(join(folder, file), text.replaceAll(from, to), "latin1");
      return await adoptYoloWorld(new CheckpointFolder(folder), like);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const damaged: [string, string, string, string, string, RegExp][] = [
    [
      "gives no boxes",
      "open",
      "model.onnx",
      "output0",
      "outputX",
      /key "output0": the graph has no such tensor among its outputs: outputX/,
    ],
    [
      "takes no pictures",
      "open",
      "model.onnx",
      "images",
      "imagez",
      /key "images": the graph has no such tensor among its inputs: imagez/,
    ],
    [
      "has no text vectors",
      "open",
      "text_model.onnx",
      "text_embeds",
      "text_embedz",
      /text_model\.onnx, key "text_embeds": the graph has no such tensor/,
    ],
    ["has another task", "open", "model.onnx", "detect", "detecT", /key "task": is "detecT"/],
    ["lacks names", "baked", "model.onnx", "names", "namez", /key "names": is not in the metadata/],
    [
      "names fewer than it answers",
      "baked",
      "model.onnx",
      "\"van\"', 2: 'bus'",
      '"van" , 2:  bus\'',
      /key "output0": is \[1, 7, 126\]; four edges and 2 labels make \[1, 6, anchors\]/,
    ],
    [
      "knows fewer tokens than its tokenizer",
      "open",
      "config.json",
      '"vocab_size": 600',
      '"vocab_size": 500',
      /key "model\.vocab"/,
    ],
    ["is of another family", "open", "config.json", "clip_text_model", "siglip", /config\.json/],
  ];

  test.each(damaged)(
    "and %s is refused with the tensor or the key named",
    async (_what, name, file, from, to, message) => {
      await expect(adoptDamaged(name, file, from, to)).rejects.toMatchObject({
        code: "checkpoint_invalid",
        message: expect.stringMatching(message),
      });
    },
  );

  test("may call its graph after the checkpoint", async () => {
    const folder = await mkdtemp(join(tmpdir(), "menagerie-yolo-world-"));
    try {
      await cp(join(fixtures, "open"), folder, { recursive: true });
      await rename(join(folder, "model.onnx"), join(folder, "yolov8s-worldv2.onnx"));
      const { spec } = await adoptYoloWorld(new CheckpointFolder(folder), like);
      expect(spec.graphs?.model).toEqual({ artifact: "model" });
      expect(spec.local_artifacts.map(({ path }) => path)).toEqual([
        "yolov8s-worldv2.onnx",
        "text_model.onnx",
        "tokenizer.json",
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("without the text tower's config.json is read by the tables of its graph, and says that it assumed so", async () => {
    const folder = await mkdtemp(join(tmpdir(), "menagerie-yolo-world-"));
    try {
      await cp(join(fixtures, "open"), folder, { recursive: true });
      const whole = await adoptYoloWorld(new CheckpointFolder(folder), like);
      await rm(join(folder, "config.json"));
      const { spec, assumptions } = await adoptYoloWorld(new CheckpointFolder(folder), like);
      expect(spec.preprocessing).toEqual(whole.spec.preprocessing);
      expect([whole.assumptions, assumptions]).toEqual([[], [expect.stringContaining("taken for those of a CLIP")]]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("with two exports is refused with the flag that names one, and takes the one that is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "menagerie-yolo-world-"));
    try {
      await cp(join(fixtures, "open"), folder, { recursive: true });
      await rename(join(folder, "model.onnx"), join(folder, "worldv2.onnx"));
      await cp(join(fixtures, "baked/model.onnx"), join(folder, "worldv2-baked.onnx"));
      await expect(adoptYoloWorld(new CheckpointFolder(folder), like)).rejects.toThrow(
        /which of worldv2\.onnx, worldv2-baked\.onnx is meant is not clear: name it with --file/,
      );
      const baked = new CheckpointFolder(folder, { graph: "worldv2-baked.onnx", labels: ["car", "van", "bus"] });
      expect((await adoptYoloWorld(baked, like)).spec.labels).toEqual(["car", "van", "bus"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("says what it found, and pins every artifact", async () => {
    const open = await adoptYoloWorld(new CheckpointFolder(join(fixtures, "open")), like);
    expect(open.findings).toEqual([
      "pictures: letterbox of 96 x 96 px, weights fp32 (model.onnx)",
      "labels are asked at run time: 512 dimensions, at most 12 tokens (text_model.onnx, config.json)",
    ]);
    const baked = await adoptYoloWorld(new CheckpointFolder(join(fixtures, "baked")), like);
    expect(baked.findings).toEqual([
      "pictures: letterbox of 64 x 96 px, weights fp32 (model.onnx)",
      '3 labels baked in: car, it\'s a "van", bus (metadata of model.onnx)',
    ]);
    for (const { sha256 } of [...open.spec.local_artifacts, ...baked.spec.local_artifacts])
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
