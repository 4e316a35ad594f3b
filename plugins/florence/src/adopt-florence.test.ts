import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelError, ModelSpec } from "@menagerie/core";
import { type AdoptedCheckpoint, CheckpointFolder } from "@menagerie/core/adopt";
import { expect, test } from "vitest";
import { adoptFlorence } from "./adopt-florence.ts";
import { publishedBans } from "./florence-parameters.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const like = { resource_requirements: { max_batch: 1 }, parameters: {} } as unknown as ModelSpec;

/** A JSON file's keys, another file's bytes, or nothing where it is taken away. */
type Changes = Readonly<Record<string, object | string | undefined>>;

const cases: [string, Changes, RegExp][] = [
  ["is of another family", { "config.json": { model_type: "clip" } }, /config\.json, key "model_type"/],
  ["has no graph that embeds", { "onnx/embed_tokens.onnx": undefined }, /onnx\/embed_tokens\.onnx: is missing/],
  ["has no decoder", { "onnx/decoder_model_merged.onnx": undefined }, /decoder_model_merged\.onnx: is missing/],
  [
    "has another graph in place of its encoder",
    { "onnx/encoder_model.onnx": "onnx/embed_tokens.onnx" },
    /onnx\/encoder_model\.onnx, key "inputs_embeds": the graph has no such tensor among its inputs: input_ids/,
  ],
  [
    "has another graph in place of its decoder",
    { "onnx/decoder_model_merged.onnx": "onnx/encoder_model.onnx" },
    /key "encoder_attention_mask": the graph has no such tensor among its inputs: inputs_embeds, attention_mask/,
  ],
  [
    "says another width",
    { "config.json": { text_config: { d_model: 32 } } },
    /key "image_features": ends in 24 values, config\.json says text_config\.d_model 32/,
  ],
  [
    "says another number of words",
    { "config.json": { text_config: { vocab_size: 9999 } } },
    /key "logits": ends in \d+ values, config\.json says text_config\.vocab_size 9999/,
  ],
  [
    "makes pictures of another size",
    { "preprocessor_config.json": { size: { height: 64, width: 32 } } },
    /key "size": pictures come out as 32 x 64, but the graph takes 64 x 64 \(onnx\/vision_encoder\.onnx, pixel_values\)/,
  ],
  [
    "makes pictures of many sizes",
    { "preprocessor_config.json": { size: { shortest_edge: 64 } } },
    /key "size": must be a height and a width/,
  ],
  [
    "prepares pictures otherwise",
    { "preprocessor_config.json": { image_processor_type: "ViTImageProcessor" } },
    /key "image_processor_type": is "ViTImageProcessor"/,
  ],
  ["has no tokenizer", { "tokenizer.json": undefined }, /tokenizer\.json: is missing/],
  [
    "has the tokenizer of another model",
    { "config.json": { image_token_id: 5 } },
    /key "added_tokens": has <image> as \d+, config\.json as 5/,
  ],
  ["has no places", { "tokenizer.json": { added_tokens: "none" } }, /tokenizer\.json/],
  [
    "puts nothing around a text",
    { "tokenizer.json": { post_processor: null } },
    /key "post_processor": must put <s> \(0\)/,
  ],
  [
    "generates by a number of beams that is none",
    { "generation_config.json": { num_beams: 0 } },
    /generation_config\.json, key "num_beams"/,
  ],
  [
    "has the decoder of more layers than it says",
    { "config.json": { text_config: { decoder_layers: 5 } } },
    /key "past_key_values\.1\.decoder\.key": the graph has 2 layers, config\.json says text_config\.decoder_layers 5/,
  ],
  [
    "has the decoder of other heads than it says",
    { "config.json": { text_config: { decoder_attention_heads: 4 } } },
    /key "past_key_values\.0\.decoder\.key": has 3 heads, config\.json says 4/,
  ],
  [
    "has a broken decoder beside two that are whole",
    {
      "onnx/decoder_model_merged.onnx": "tokenizer.json",
      "onnx/decoder_model.onnx": "onnx/encoder_model.onnx",
      "onnx/decoder_with_past_model.onnx": "onnx/encoder_model.onnx",
    },
    /decoder_model_merged\.onnx is not a whole ONNX model/,
  ],
];

test.each(cases)("a folder that %s is refused with the file and the key", async (_what, changes, message) => {
  const error = await adopted(changes).then(
    () => undefined,
    (thrown: ModelError) => thrown,
  );
  expect(error?.code).toBe("checkpoint_invalid");
  expect(error?.message).toMatch(message);
});

test("a generation_config.json with the ids of another tokenizer is not followed in them, and that is said", async () => {
  const wrong = { bos_token_id: 2, eos_token_id: 1, pad_token_id: 0, num_beams: 5 };
  const { spec, findings } = await adopted({ "generation_config.json": wrong });
  expect(spec.parameters).toMatchObject({
    tokens: { bos: 0, pad: 1, eos: 2, decoder_start: 2 },
    generation: { num_beams: 5, no_repeat_ngram_size: 3, early_stopping: true },
  });
  expect(findings).toContain(
    "special tokens: <s> 0, <pad> 1, </s> 2 (tokenizer.json); generation_config.json has others for bos_token_id, pad_token_id, eos_token_id, which are not followed",
  );
});

test("what is not forced in generation_config.json is not, as transformers saves it of a model that has no such file yet", async () => {
  const native = { num_beams: undefined, no_repeat_ngram_size: undefined, early_stopping: undefined };
  const { spec } = await adopted({ "generation_config.json": { ...native, forced_bos_token_id: undefined } });
  expect(spec.parameters).toMatchObject({ generation: {}, tokens: { decoder_start: 2, forced_eos: 2 } });
  expect(spec.parameters?.tokens).not.toHaveProperty("forced_bos");
});

test("several tokens end a text where the tokenizer's is one of them", async () => {
  const { spec, findings } = await adopted({ "generation_config.json": { eos_token_id: [2, 7] } });
  expect(spec.parameters).toMatchObject({ generation: { eos_token_id: [2, 7] }, tokens: { eos: 2 } });
  expect(findings).toContain("special tokens: <s> 0, <pad> 1, </s> 2 (tokenizer.json)");
});

test("keys of generation_config.json are followed, or said not to be", async () => {
  const lengths = {
    max_length: 30,
    min_length: 4,
    length_penalty: 0.5,
    suppress_tokens: null,
    bad_words_ids: [[7, 8]],
  };
  const others = { do_sample: true, top_k: 3, encoder_no_repeat_ngram_size: 0, sequence_bias: [[[5], 1]] };
  const { spec, findings } = await adopted({ "generation_config.json": { ...lengths, ...others } });
  const { suppress_tokens: _, ...followed } = lengths;
  expect(spec.parameters?.generation).toEqual({
    ...{ num_beams: 3, no_repeat_ngram_size: 3, early_stopping: true },
    ...followed,
  });
  expect(findings).toContain("not followed: do_sample, sequence_bias (generation_config.json)");
});

test("a checkpoint with code of its own generates by config.json where generation_config.json has no word of it", async () => {
  const text_config = { num_beams: 4, no_repeat_ngram_size: 5, early_stopping: true, forced_bos_token_id: 0 };
  const silent = { num_beams: undefined, no_repeat_ngram_size: undefined, early_stopping: undefined };
  const file = { ...silent, forced_bos_token_id: undefined };
  const own = await adopted({
    "config.json": { text_config: { ...text_config, model_type: "florence2_language" } },
    "generation_config.json": { ...file, no_repeat_ngram_size: 2 },
  });
  expect(own.spec.parameters).toMatchObject({
    generation: { num_beams: 4, no_repeat_ngram_size: 2, early_stopping: true },
    tokens: { forced_bos: 0 },
  });
  const native = await adopted({ "config.json": { text_config }, "generation_config.json": file });
  expect(native.spec.parameters?.generation).toEqual({});
  const none = await adopted({ "config.json": { text_config }, "generation_config.json": undefined });
  expect(none.spec.parameters?.generation).toMatchObject({ num_beams: 4 });
  expect(none.findings).toContain("4 beams, no 5 tokens twice (config.json, there is no generation_config.json)");
});

test("a folder's own questions are asked, and what no prompt asks is said", async () => {
  const table = { "<OD>": "Locate the objects with category name in the image.", "<OCR>": "Read!" };
  const withInput = { "<REGION_TO_OCR>": "What stands in {input}?", "<VQA>": "{input}" };
  const { spec, findings } = await adopted({
    "preprocessor_config.json": { task_prompts_without_inputs: table, task_prompts_with_input: withInput },
  });
  expect(spec.parameters?.sentences).toEqual({ ocr: "Read!", region_ocr: "What stands in {}?" });
  expect(findings).toContain("asks in its own words: ocr, region_ocr (preprocessor_config.json)");
  expect(findings).toContain("not asked by any prompt: <VQA> (preprocessor_config.json)");
});

test("a processor that transformers 5 saved in one file is read from it", async () => {
  const settings = JSON.parse(await readFile(join(fixtures, "merged/preprocessor_config.json"), "utf8")) as object;
  const { spec } = await adopted({
    "preprocessor_config.json": undefined,
    "processor_config.json": { image_processor: settings },
  });
  expect(spec.preprocessing?.image).toEqual((await adopted({})).spec.preprocessing?.image);
  expect(spec.parameters?.banned_phrases).toEqual(["it", "the image", "a"]);
});

test("phrases that grounding leaves out are the folder's, or those of the published models", async () => {
  expect((await adopted({})).spec.parameters?.banned_phrases).toEqual(["it", "the image", "a"]);
  const { spec } = await adopted({ "processor_config.json": undefined });
  expect(spec.parameters?.banned_phrases).toBe(publishedBans);
});

async function adopted(changes: Changes): Promise<AdoptedCheckpoint> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-florence-"));
  try {
    await cp(join(fixtures, "merged"), folder, { recursive: true });
    for (const [file, change] of Object.entries(changes)) {
      const path = join(folder, file);
      if (change === undefined) await rm(path);
      else if (typeof change === "string") await cp(join(folder, change), path);
      else await writeFile(path, JSON.stringify(merge(JSON.parse(await readFile(path, "utf8")) as object, change)));
    }
    return await adoptFlorence(new CheckpointFolder(folder), like);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function merge(into: object, change: object): object {
  const result: Record<string, unknown> = { ...into };
  for (const [key, value] of Object.entries(change)) {
    const old = result[key];
    const isNested = typeof value === "object" && value !== null && typeof old === "object" && old !== null;
    result[key] = isNested && key === "text_config" ? merge(old, value as object) : value;
  }
  return result;
}

test("vocab.json and merges.txt with the added tokens beside them take the place of tokenizer.json", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-florence-"));
  try {
    await cp(join(fixtures, "split"), folder, { recursive: true });
    const whole = await adoptFlorence(new CheckpointFolder(folder), like);
    const { model, added_tokens } = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8")) as {
      model: { vocab: Record<string, number>; merges: [string, string][] };
      added_tokens: { id: number; content: string }[];
    };
    const added = added_tokens.filter(({ content }) => model.vocab[content] === undefined);
    const merges = model.merges.map((pair) => pair.join(" ")).join("\n");
    await writeFile(join(folder, "vocab.json"), JSON.stringify(model.vocab));
    await writeFile(join(folder, "merges.txt"), `#version: 0.2\n${merges}\n`);
    await writeFile(
      join(folder, "added_tokens.json"),
      JSON.stringify(Object.fromEntries(added.map(({ id, content }) => [content, id]))),
    );
    await rm(join(folder, "tokenizer.json"));
    const { spec, findings } = await adoptFlorence(new CheckpointFolder(folder), like);
    expect(spec.parameters).toEqual(whole.spec.parameters);
    expect(spec.local_artifacts.slice(-4).map(({ path }) => path)).toEqual([
      "vocab.json",
      "merges.txt",
      "tokenizer_config.json",
      "added_tokens.json",
    ]);
    expect(findings.join("; ")).toContain("special tokens: <s> 0, <pad> 1, </s> 2 (vocab.json)");
  } finally {
    await rm(folder, { recursive: true });
  }
});
