import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelError, ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { expect, test } from "vitest";
import { adoptWhisper } from "./adopt-whisper.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const like = { resource_requirements: { max_batch: 1 }, parameters: {} } as unknown as ModelSpec;
const adopt = (folder: string) => adoptWhisper(new CheckpointFolder(folder), like);

/** A key set to undefined is taken out of its file, a file set to undefined out of the folder. */
type Changes = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
const cases: [string, Changes, RegExp][] = [
  ["is of another family", { "config.json": { model_type: "clip" } }, /config\.json, key "model_type"/],
  ["has no encoder", { "onnx/encoder_model.onnx": undefined }, /onnx\/encoder_model\.onnx: is missing/],
  [
    "has no decoder",
    { "onnx/decoder_model_merged.onnx": undefined },
    /onnx\/decoder_model_merged\.onnx: is missing \(looked for/,
  ],
  [
    "has no generation_config.json",
    { "generation_config.json": undefined },
    /generation_config\.json: is missing: copy it from the original checkpoint/,
  ],
  [
    "hears other mels",
    { "preprocessor_config.json": { feature_size: 80 } },
    /key "feature_size": is 80, but the encoder takes 20 mels/,
  ],
  [
    "hears longer windows",
    { "preprocessor_config.json": { chunk_length: 30 } },
    /key "chunk_length": gives 3000 frames, but the encoder takes 100/,
  ],
  [
    "has graphs of other mels",
    { "config.json": { num_mel_bins: 80 }, "preprocessor_config.json": { feature_size: 80 } },
    /input_features": has 20 of them, config\.json says num_mel_bins 80/,
  ],
  [
    "has no tokenizer",
    { "tokenizer.json": undefined },
    /tokenizer\.json: is missing, and nothing that it could be made of is there/,
  ],
  ["has an encoder of another width", { "config.json": { d_model: 64 } }, /last_hidden_state": has 32 of them/],
  [
    "has a decoder of more layers",
    { "config.json": { decoder_layers: 1 } },
    /decoder_model_merged\.onnx, key "present\.1": keeps 2 layers, config\.json says decoder_layers 1/,
  ],
  [
    "has a decoder of other heads",
    { "config.json": { decoder_attention_heads: 4 } },
    /present\.0\.decoder\.key": has 2 of them, config\.json says decoder_attention_heads 4/,
  ],
  [
    "does not say where its times begin",
    { "generation_config.json": { no_timestamps_token_id: undefined } },
    /generation_config\.json, key "no_timestamps_token_id"/,
  ],
  [
    "counts ids beyond its vocabulary",
    { "generation_config.json": { decoder_start_token_id: 5000 } },
    /names the id 5000, but the decoder's ids end with \d+/,
  ],
  [
    "has a tokenizer of other ids",
    { "generation_config.json": { decoder_start_token_id: 7 } },
    /tokenizer\.json, key "added_tokens": has <\|startoftranscript\|> as \d+, generation_config\.json has it as 7/,
  ],
  [
    "adds noise to what it hears",
    { "preprocessor_config.json": { dither: 0.001 } },
    /preprocessor_config\.json, key "dither": is 0\.001/,
  ],
  [
    "adds silence before a recording",
    { "preprocessor_config.json": { padding_side: "left" } },
    /key "padding_side": is "left", but silence is added after a recording/,
  ],
  [
    "has features of another kind",
    { "preprocessor_config.json": { feature_extractor_type: "SpeechT5FeatureExtractor" } },
    /key "feature_extractor_type": is "SpeechT5FeatureExtractor"/,
  ],
  [
    "forces an id beyond its vocabulary",
    { "generation_config.json": { forced_decoder_ids: [[1, 9999]] } },
    /names the id 9999, but/,
  ],
  ["has no tokenizer", { "tokenizer.json": undefined }, /tokenizer\.json: is missing/],
];

test.each(cases)("a folder that %s is refused with the file and the key", async (_what, changes, message) => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-whisper-"));
  try {
    await cp(join(fixtures, "multilingual"), folder, { recursive: true });
    for (const [file, change] of Object.entries(changes)) {
      const path = join(folder, file);
      if (change === undefined) await rm(path);
      else await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), ...change }));
    }
    const error = await adopt(folder).then(
      () => undefined,
      (thrown: ModelError) => thrown,
    );
    expect(error?.code).toBe("checkpoint_invalid");
    expect(error?.message).toMatch(message);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a folder that is adopted says what was found, and pins every artifact", async () => {
  const merged = await adopt(join(fixtures, "multilingual"));
  expect(merged.findings).toEqual([
    "windows of 1 s at 16000 Hz, 20 mels (preprocessor_config.json)",
    expect.stringMatching(/^texts of up to 40 tokens, \d+ in the vocabulary \(config\.json\)$/),
    "4 languages: en, fr, de, haw (generation_config.json)",
    "fp32 onnx/encoder_model.onnx, fp32 onnx/decoder_model_merged.onnx",
  ]);
  for (const artifact of merged.spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
  const split = await adopt(join(fixtures, "split"));
  expect(Object.keys(split.spec.graphs ?? {})).toEqual(["encoder_model", "decoder_model", "decoder_with_past_model"]);
  expect((await adopt(join(fixtures, "english"))).findings).toContain("English alone (generation_config.json)");
  expect((await adopt(join(fixtures, "attended"))).findings.at(-1)).toMatch(/^words have times/);
});

test.each([
  ["decoder_model_merged", "decoder_model", /key "use_cache_branch": is not taken/],
  ["decoder_model", "decoder_with_past_model", /key "encoder_hidden_states": is not taken/],
  ["decoder_with_past_model", "decoder_model", /key "past_key_values": is not taken/],
])("the place of %s is not given to %s", async (place, other, message) => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-whisper-"));
  try {
    await cp(join(fixtures, "split"), folder, { recursive: true });
    await cp(join(fixtures, "split", `onnx/${other}.onnx`), join(folder, `onnx/${place}.onnx`));
    await expect(adopt(folder)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a graph that finds speech is taken along, the one named or the fastest, and has no batch axis", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-adopt-speech-"));
  await cp(join(fixtures, "english"), folder, { recursive: true });
  for (const [from, to] of [
    ["frames", "onnx/silero_vad_frames.onnx"],
    ["streaming", "silero_vad.onnx"],
    ["streaming", "detector.onnx"],
  ] as const)
    await cp(join(fixtures, "speech", `silero_vad_${from}.onnx`), join(folder, to));
  const fastest = await adopt(folder);
  expect(fastest.spec.graphs?.vad).toEqual({ artifact: "vad" });
  expect(fastest.findings).toContain("speech can be found (vad): onnx/silero_vad_frames.onnx, not silero_vad.onnx");
  const named = await adoptWhisper(new CheckpointFolder(folder, { graph: "detector.onnx" }), like);
  expect(named.spec.local_artifacts).toContainEqual(expect.objectContaining({ name: "vad", path: "detector.onnx" }));
  await rm(folder, { recursive: true });
});

test("what a checkpoint asks for and is not followed is said", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-whisper-"));
  try {
    await cp(join(fixtures, "multilingual"), folder, { recursive: true });
    const file = join(folder, "generation_config.json");
    const asked = { num_beam_groups: 2, guidance_scale: 1, encoder_repetition_penalty: 1.3, sequence_bias: null };
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), ...asked }));
    expect((await adopt(folder)).findings.at(-1)).toBe(
      "not followed: num_beam_groups, encoder_repetition_penalty (generation_config.json)",
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("features are read from the file that transformers 5 writes for a processor, before one of their own", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-whisper-"));
  try {
    await cp(join(fixtures, "multilingual"), folder, { recursive: true });
    const own = join(folder, "preprocessor_config.json");
    const extractor = JSON.parse(await readFile(own, "utf8"));
    await writeFile(own, JSON.stringify({ ...extractor, feature_size: 80 }));
    await writeFile(
      join(folder, "processor_config.json"),
      JSON.stringify({ processor_class: "WhisperProcessor", feature_extractor: extractor }),
    );
    const { spec, findings } = await adopt(folder);
    expect(findings[0]).toBe("windows of 1 s at 16000 Hz, 20 mels (processor_config.json)");
    expect(spec.preprocessing?.audio).toMatchObject({ front_end: "whisper", feature_size: 20, chunk_length: 1 });
    await writeFile(join(folder, "processor_config.json"), JSON.stringify({ processor_class: "WhisperProcessor" }));
    await writeFile(own, JSON.stringify(extractor));
    expect((await adopt(folder)).findings[0]).toMatch(/\(preprocessor_config\.json\)$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a decoder without its cache is refused with the task to export", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-whisper-"));
  try {
    await cp(join(fixtures, "split"), folder, { recursive: true });
    await rm(join(folder, "onnx/decoder_with_past_model.onnx"));
    await expect(adopt(folder)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(
        /decoder_model\.onnx: is a decoder without a cache.*-speech-recognition-with-past/,
      ),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
