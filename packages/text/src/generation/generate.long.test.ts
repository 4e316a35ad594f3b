import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { logTo, type ModelSpec, type Tensor } from "@menagerie/core";
import { type Graph, type NamedTensors, VerifiedFile } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { mixedInteger } from "@menagerie/testing";
import { describe, expect, it } from "vitest";
import type { EncoderStates } from "./encoder-states.ts";
import { type GenerateRequest, generate } from "./generate.ts";
import { generationConfig } from "./generation-config.ts";
import { GraphDecoder } from "./graph-decoder.ts";
import { PrefixCache } from "./prefix-cache.ts";
import type { GeneratedSequence } from "./token-search.ts";

interface Reference {
  readonly new_tokens: number;
  readonly prompts: readonly string[];
  readonly configurations: Record<
    string,
    { readonly config: Readonly<Record<string, unknown>>; readonly answers: readonly (readonly string[])[] }
  >;
}

// Made by tools/export/text/tiny_generators.py with transformers' own generate(), one prompt at a time.
const fixtures = new URL("../../fixtures/generators/", import.meta.url);
const batch = 25;
const endOfText = 2;

const layouts = {
  bart: { merged: ["decoder_model_merged"], split: ["decoder_model", "decoder_with_past_model"] },
  t5: { merged: ["decoder_model_merged"], split: ["decoder_model", "decoder_with_past_model"] },
  whisper: { merged: ["decoder_model_merged"], split: ["decoder_model", "decoder_with_past_model"] },
  gpt2: { cached: ["model"], uncached: ["model_uncached"] },
} as const;
const start = { bart: [2], t5: [1], whisper: [100, 101, 104, 105], gpt2: undefined };

describe.each(Object.keys(layouts) as (keyof typeof layouts)[])("a tiny %s", (family) => {
  const reference: Reference = JSON.parse(readFileSync(new URL(`${family}.json`, fixtures), "utf8"));
  const { prompts, configurations, new_tokens } = reference;
  describe.each(Object.entries(layouts[family]))("with its decoder %s", (_, files: readonly string[]) => {
    it.each(Object.keys(configurations))("gives transformers' ids for 200 prompts: %s", async (title) => {
      const { config, answers } = configurations[title] as (typeof configurations)[string];
      const [first = "", second] = files;
      const decoder = new GraphDecoder({
        decoder: await open(family, first),
        decoderWithPast: second === undefined ? undefined : await open(family, second),
      });
      const given: string[][] = [];
      for (let from = 0; from < prompts.length; from += batch) {
        const ids = prompts.slice(from, from + batch).map((prompt) => prompt.split(" ").map(Number));
        const sequences = await generate(decoder, {
          prompts: ids.map((prompt) => start[family] ?? prompt),
          encoder: family === "gpt2" ? undefined : await encode(family, ids),
          config: generationConfig({ eos_token_id: endOfText, max_new_tokens: new_tokens }, config),
        });
        // Whisper's own generate() leaves the end of the text out.
        const shown = (token: number) => family !== "whisper" || token !== endOfText;
        given.push(...sequences.map((beams) => beams.map((beam) => beam.ids.filter(shown).join(" "))));
      }
      expect(given).toEqual(answers);
    });
  });
});

describe("a text being generated", () => {
  const prompt = [57, 31, 90];
  const config = { max_new_tokens: 20, min_new_tokens: 20 };

  it("comes token by token to those who listen, and whole at the end", async () => {
    const heard: number[] = [];
    const onToken = (_: number, id: number) => heard.push(id);
    const [[sequence]] = await continued({ config, onToken });
    expect(heard).toHaveLength(20);
    expect(sequence.ids).toEqual(heard);
    expect(sequence.stoppedBy).toBe("length");
  });

  it("is the same without its score, where nobody wants it", async () => {
    const [[scored]] = await continued({ config });
    const [[bare]] = await continued({ config, scores: false });
    expect(scored.score).toBeLessThan(0);
    expect(bare).toEqual({ ...scored, score: undefined });
  });

  it("is drawn alike for one seed, alone or beside others", async () => {
    const drawn = { ...config, do_sample: true, seed: 5, temperature: 1.5 };
    const [[alone]] = await continued({ config: drawn });
    const [[first], [second]] = await continued({ prompts: [prompt, prompt], config: drawn });
    const [[other]] = await continued({ config: { ...drawn, seed: 6 } });
    expect(first?.ids).toEqual(alone.ids);
    expect(second?.ids).not.toEqual(alone.ids);
    expect(other.ids).not.toEqual(alone.ids);
  });

  it("ends with the token that completes a stop string, wherever in it that lies", async () => {
    const [[whole]] = await continued({ config });
    const textOf = (ids: readonly number[]) => ids.map((id) => `[${id}]`).join("");
    const stop = `${whole.ids[0]}][${whole.ids[1]}`;
    const [[cut]] = await continued({ config: { max_new_tokens: 20, stop_strings: [stop] }, textOf });
    expect(cut).toMatchObject({ ids: whole.ids.slice(0, 2), stoppedBy: "stop_string" });
  });

  it("ends between two steps when it is no longer wanted", async () => {
    const controller = new AbortController();
    let steps = 0;
    const onToken = () => {
      steps++;
      if (steps === 3) controller.abort();
    };
    await expect(continued({ config, onToken, signal: controller.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(steps).toBe(3);
  });

  it("is computed from where its prompt parts from one seen before, to the same end", async () => {
    const fed: number[] = [];
    const counting = new GraphDecoder({ decoder: counted(await open("gpt2", "model"), fed) });
    const prefixes = new PrefixCache(1e6);
    const long = [...prompt, 8, 15, 16, 23, 42];
    const [[fresh]] = await continued({ prompts: [[...long, 77]], config });
    await continued({ prompts: [long], config, prefixes }, counting);
    fed.length = 0;
    const [[reused]] = await continued({ prompts: [[...long, 77]], config, prefixes }, counting);
    expect(reused.ids).toEqual(fresh.ids);
    expect(fed[0]).toBe(1);
    fed.length = 0;
    const [[shorter]] = await continued({ prompts: [[...prompt, 99]], config, prefixes }, counting);
    expect(shorter.ids).toEqual((await continued({ prompts: [[...prompt, 99]], config }))[0][0].ids);
    expect(fed[0]).toBe(1);
    expect(prefixes.bytes).toBeLessThanOrEqual(1e6);
  });

  it("remembers no more prompts than it may", async () => {
    const prefixes = new PrefixCache(3000);
    for (let first = 3; first < 12; first++)
      await continued({ prompts: [[first, ...prompt]], config: { max_new_tokens: 1 }, prefixes });
    expect(prefixes.bytes).toBeGreaterThan(0);
    expect(prefixes.bytes).toBeLessThanOrEqual(3000);
  });

  it("keeps a forbidden word out, and its beginning in", async () => {
    const [[whole]] = await continued({ config });
    const word = whole.ids.slice(1, 3);
    const [[without]] = await continued({ config: { ...config, bad_words_ids: [word] } });
    expect(without.ids.slice(0, 2)).toEqual(whole.ids.slice(0, 2));
    expect(without.ids[2]).not.toBe(whole.ids[2]);
  });

  it.each([
    ["no token to begin with", { prompts: [[]], config }, "Prompt 0 has no token"],
    ["a prompt that fills the length", { config: { max_length: 3 } }, "leaves none of the max_length of 3"],
    ["stop strings without a tokenizer", { config: { ...config, stop_strings: ["a"] } }, "need the tokenizer"],
    ["streamed beams", { config: { ...config, num_beams: 2 }, onToken: () => {} }, "needs num_beams 1"],
  ])("is refused with %s", async (_, request, message) => {
    await expect(continued(request)).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["more sequences than beams", { num_return_sequences: 3 }, "num_return_sequences"],
    ["beams that are drawn", { num_beams: 2, do_sample: true }, "do_sample"],
    ["a temperature of nothing", { temperature: 0 }, "temperature"],
    ["a probability above one", { top_p: 1.5 }, "top_p"],
  ])("cannot be configured with %s", (_, options, field) => {
    expect(() => generationConfig(options)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    expect(() => generationConfig(options)).toThrow(field);
  });

  type Request = Partial<Omit<GenerateRequest, "config">> & { config: Readonly<Record<string, unknown>> };
  type Answer = readonly [readonly [GeneratedSequence], readonly [GeneratedSequence]];

  async function continued({ config, ...request }: Request, decoder?: GraphDecoder): Promise<Answer> {
    const graph = decoder ?? new GraphDecoder({ decoder: await open("gpt2", "model") });
    const whole = generationConfig({ eos_token_id: endOfText }, config);
    return (await generate(graph, { prompts: [prompt], ...request, config: whole })) as unknown as Answer;
  }
});

/** Notes how many tokens each run is fed. */
function counted(graph: Graph, fed: number[]): Graph {
  const run: Graph["run"] = (feeds, outputs) => {
    fed.push(feeds.input_ids?.shape[1] ?? 0);
    return graph.run(feeds, outputs);
  };
  return { ...graph, inputs: graph.inputs, run } as Graph;
}

async function encode(family: "bart" | "t5" | "whisper", ids: readonly (readonly number[])[]) {
  const graph = await open(family, "encoder_model");
  if (family === "whisper") {
    const features = Float32Array.from({ length: ids.length * 320 }, (_, i) => {
      const seed = ids[Math.floor(i / 320)]?.[0] ?? 0;
      return ((mixedInteger(seed * 100_003 + (i % 320)) % 2001) - 1000) / 500;
    });
    return states(await graph.run({ input_features: { type: "float32", shape: [ids.length, 8, 40], data: features } }));
  }
  const length = Math.max(...ids.map((row) => row.length));
  const at = (value: (id: number | undefined) => number): Tensor<"int64"> => ({
    type: "int64",
    shape: [ids.length, length],
    data: BigInt64Array.from(ids.flatMap((row) => Array.from({ length }, (_, i) => BigInt(value(row[i]))))),
  });
  const mask = at((id) => (id === undefined ? 0 : 1));
  return states(await graph.run({ input_ids: at((id) => id ?? 1), attention_mask: mask }), mask);
}

function states({ last_hidden_state }: NamedTensors, attentionMask?: Tensor<"int64">): EncoderStates {
  return { hiddenStates: last_hidden_state as Tensor, attentionMask };
}

async function open(family: string, name: string): Promise<Graph> {
  const file = fileURLToPath(new URL(`${family}/${name}.onnx`, fixtures));
  return onnxProvider.open({
    spec: { model_name: family, input_schema: {}, output_schema: {}, local_artifacts: [] } as unknown as ModelSpec,
    device: "cpu",
    log: logTo(() => {}),
    threads: 1,
    graph: name,
    declaration: { artifact: name },
    artifacts: new Map([[name, await VerifiedFile.open(file)]]),
  });
}
