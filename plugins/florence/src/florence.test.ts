import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type BoxEdges,
  type DescribeImageOutput,
  type DescriptionPrompt,
  logTo,
  type ModelSpec,
} from "@menagerie/core";
import { ArtifactStore, contextFor, type LoadContext } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { Tokenizer } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { promptsByTask } from "./adopt-processor.ts";
import { Florence } from "./florence.ts";
import { florencePrompt } from "./florence-prompt.ts";
import { type FlorenceModel, loadFlorenceModel } from "./load-florence-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** What transformers answered; tools/export/florence/tiny_florence.py made it. */
interface Reference {
  new_tokens: number;
  banned: string[];
  images: {
    file: string;
    size: [number, number];
    box: BoxEdges;
    pixel_sha256: string;
    features: number[];
    asked: {
      task: string;
      text: string;
      beams: number;
      input_ids: number[];
      ids: number[];
      answer: string | Record<string, unknown[]>;
    }[];
  }[];
}

const kinds = ["wide.jpg", "tall.png", "small.png", "grey.jpg", "large.jpg"];

type Image = Reference["images"][number];
type Asked = Image["asked"][number];

const captionOf = ({ asked }: Pick<Image, "asked">, count: number): unknown =>
  asked.find(({ task, beams }) => task === "<CAPTION>" && beams === count)?.answer;

const picture = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "pictures", file)));

function question({ task, text, beams }: Asked, box: BoxEdges, newTokens: number) {
  const prompt = promptsByTask[task] as DescriptionPrompt;
  const isRegion = /^region_(?!proposal)/.test(prompt);
  const about = isRegion ? { box } : text === "" ? {} : { text };
  return { prompt, ...about, num_beams: beams, max_new_tokens: newTokens };
}

/** An output under the reference's keys. */
function answerOf({ text, objects, quads, polygons }: DescribeImageOutput, prompt: DescriptionPrompt): unknown {
  const boxes = objects?.map(({ box }) => Object.values(box));
  const labels = objects?.map(({ label }) => label);
  const outlines = polygons?.map((found) => found.polygons);
  const outlined = polygons?.map(({ label }) => label);
  if (prompt === "open_vocabulary_detection")
    return { bboxes: boxes, bboxes_labels: labels, polygons: outlines, polygons_labels: outlined };
  if (objects !== undefined) return { bboxes: boxes, labels };
  if (quads !== undefined)
    return { quad_boxes: quads.map(({ quad }) => quad), labels: quads.map((found) => found.text) };
  return polygons === undefined ? text : { polygons: outlines, labels: outlined };
}

describe.each(["merged", "split", "native"])("the tiny Florence-2 %s answers as transformers does", (name) => {
  const folder = join(fixtures, name);
  let reference: Reference;
  let model: FlorenceModel;
  let context: LoadContext;
  let florence: Florence;
  beforeAll(async () => {
    reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
    model = await loadFlorenceModel(folder);
    context = contextOf(model.spec, folder);
    florence = await Florence.open(context);
  });
  afterAll(async () => {
    await model[Symbol.asyncDispose]();
  });

  test("pixel tensors are identical, and features within 1e-4", async () => {
    const pipeline = new ImagePipeline(model.spec.preprocessing.image as never);
    await using vision = await context.open("vision_encoder");
    for (const { file, pixel_sha256, features } of reference.images) {
      using pixels = await pipeline.toTensor([await picture(file)]);
      const { data } = pixels;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      expect(createHash("sha256").update(bytes).digest("hex"), file).toBe(pixel_sha256);
      const found = Array.from((await vision.run({ pixel_values: pixels })).image_features?.data as Float32Array);
      expect(found.length).toBe(features.length);
      expect(Math.max(...found.map((value, i) => Math.abs(value - (features[i] ?? Number.NaN)))), file).toBeLessThan(
        1e-4,
      );
    }
  });

  test("questions have the ids that its processor gives them", async () => {
    const tokenizer = await Tokenizer.read(join(folder, "tokenizer.json"));
    for (const { asked, box, size } of reference.images) {
      for (const one of asked) {
        const { sentence } = florencePrompt(question(one, box, 1), { width: size[0], height: size[1] });
        expect([one.task, tokenizer.encode(sentence)]).toEqual([one.task, one.input_ids]);
      }
    }
  });

  test("all fifteen prompts get the same ids, greedy and with three beams, and the same places", {
    timeout: 120_000,
  }, async () => {
    const seen = new Set<string>();
    for (const { file, asked, box } of reference.images) {
      const image = await picture(file);
      for (const one of asked) {
        const input = question(one, box, reference.new_tokens);
        const { ids, output } = await florence.describe({ image, ...input }, new AbortController().signal);
        const what = `${file} ${one.task} ${one.beams}`;
        expect([what, ids]).toEqual([what, one.ids]);
        expect([what, answerOf(output, input.prompt)]).toEqual([what, one.answer]);
        seen.add(`${input.prompt} ${one.beams}`);
      }
    }
    expect(seen.size).toBe(30);
    expect(reference.images.map(({ file }) => file)).toEqual(expect.arrayContaining(kinds));
  });

  test("the beams and limits of its own configuration are taken where nobody says others", async () => {
    const { generation } = model.spec.parameters as { generation: { num_beams?: number } };
    const own = generation.num_beams ?? 1;
    const { file, asked } = reference.images.find((image) => captionOf(image, own) !== undefined) as Image;
    const answer = await model.describeImage({ image: await picture(file), max_new_tokens: reference.new_tokens });
    expect(answer).toEqual({ text: captionOf({ asked }, own) });
  });

  test("an answer that does not end by itself ends where the decoder's positions do", async () => {
    const lengths: number[] = [];
    for (const { file } of reference.images) {
      for (const prompt of ["caption", "ocr", "region_proposal"] as const) {
        const input = { image: await picture(file), prompt, num_beams: 1 };
        const { ids } = await florence.describe(input, new AbortController().signal);
        expect(ids.at(-1)).toBe(2);
        lengths.push(ids.length);
      }
    }
    expect(Math.max(...lengths)).toBe(160);
  });

  test("a graph in another's place is refused with the tensor that it lacks", async () => {
    const { graphs } = model.spec;
    const decoder = Object.keys(graphs).find((graph) => graph.startsWith("decoder_model")) as string;
    const exchanged: [graph: string, other: string, tensor: string][] = [
      ["vision_encoder", "embed_tokens", "pixel_values"],
      ["embed_tokens", "vision_encoder", "input_ids"],
      ["encoder_model", "embed_tokens", "inputs_embeds"],
      [decoder, "encoder_model", "logits"],
    ];
    for (const [graph, other, tensor] of exchanged) {
      const spec = { ...model.spec, graphs: { ...graphs, [graph]: graphs[other] as (typeof graphs)[string] } };
      const error = await Florence.open(contextOf(spec, folder)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "graph_mismatch" });
      expect((error as Error).message).toMatch(new RegExp(`"${graph}" does not fit its spec: .*"${tensor}"`));
    }
  });

  test("what the model cannot hold is refused with the numbers, and an answer no longer wanted ends", async () => {
    const image = await picture("tall.png");
    await expect(model.describeImage({ image, max_new_tokens: 161 })).rejects.toThrow("writes at most 160 tokens");
    await expect(model.describeImage({ image, prompt: "phrase_grounding", text: "xyz ".repeat(80) })).rejects.toThrow(
      /florence holds 160 tokens: \d+ of the picture leave \d+, and the question has \d+/,
    );
    await expect(model.describeImage({ image, prompt: "region_ocr" })).rejects.toThrow('region_ocr needs "box"');
    await expect(florence.describe({ image }, AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
  });
});

function contextOf(spec: ModelSpec, folder: string): LoadContext {
  return contextFor({
    spec,
    device: "cpu",
    artifacts: new ArtifactStore(spec, folder),
    log: logTo(() => {}),
    providers: [onnxProvider],
    threads: 1,
  });
}
