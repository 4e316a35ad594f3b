import { fromFloat16, ModelError, type Tensor, type TensorDeclaration } from "@menagerie/core";
import type { Graph, NamedTensors } from "@menagerie/core/loader";
import type { Decoder, DecoderRun, DecoderStart, Logits } from "./decoder.ts";
import { type EncoderStates, statesOf } from "./encoder-states.ts";
import { KeyValueCache } from "./key-value-cache.ts";
import type { PrefixCache } from "./prefix-cache.ts";

export interface DecoderGraphs {
  /**
   * `decoder_model_merged`, a decoder-only `model` that takes a cache, or the first of a split pair. One that neither takes
   * nor is paired with a cache is given the whole text at every step.
   */
  readonly decoder: Graph;
  /** `decoder_with_past_model` of a split pair. */
  readonly decoderWithPast?: Graph | undefined;
  /** `embed_tokens`, for a decoder that takes `inputs_embeds`. */
  readonly embedTokens?: Graph | undefined;
}

/** A decoder in the layouts of the public ONNX conversions; which one it is, its graphs' inputs say. */
export class GraphDecoder implements Decoder {
  readonly #graphs: DecoderGraphs;

  constructor(graphs: DecoderGraphs) {
    this.#graphs = graphs;
  }

  get takesUnevenPrompts(): boolean {
    const { inputs } = this.#graphs.decoder;
    return "attention_mask" in inputs;
  }

  async start(
    prompts: readonly (readonly number[])[],
    encoder: EncoderStates | undefined,
    prefixes: PrefixCache | undefined,
  ): Promise<DecoderStart> {
    const run = new GraphDecoderRun(this.#graphs, encoder);
    const [only = []] = prompts;
    const canReuse = prompts.length === 1 && encoder === undefined && prefixes !== undefined && run.hasCache;
    const known = canReuse ? prefixes.longest(only) : undefined;
    const computed = await run.prompt(prompts, known);
    const { outputs } = computed;
    if (canReuse) prefixes.add(only, run.cache.upTo(only.length));
    const logitsAt = (row: number, position: number) =>
      copyOfPosition(outputs, row, position - (known?.length ?? 0) + run.paddingOf(row));
    return { run, logits: computed.logits, logitsAt };
  }

  /** Layers whose attention to the encoder the graph gives, 0 where its export left them out. */
  get attendedLayers(): number {
    const { outputs } = this.#graphs.decoder;
    let layers = 0;
    while (crossAttention(layers) in outputs) layers++;
    return layers;
  }

  /**
   * What the decoder makes of a whole text at once.
   * @param layers whose attention is wanted: it is large
   * @throws `graph_mismatch` where the graph does not give it
   */
  async attend(ids: readonly number[], encoder: EncoderStates, layers: readonly number[]): Promise<AttendedText> {
    const { decoder } = this.#graphs;
    const missing = layers.find((layer) => !(crossAttention(layer) in decoder.outputs));
    if (missing !== undefined)
      throw new ModelError(
        "graph_mismatch",
        `The graph "${decoder.name}" gives no "${crossAttention(missing)}": it was exported without attentions.`,
        { details: { graph: decoder.name } },
      );
    const run = new GraphDecoderRun(this.#graphs, encoder);
    const { outputs } = await run.prompt([ids], undefined, ["logits", ...layers.map(crossAttention)]);
    return {
      logitsAt: (position) => copyOfPosition(outputs, 0, position) ?? new Float32Array(),
      attentions: new Map(layers.map((layer) => [layer, withFloat32(outputs[crossAttention(layer)] as Tensor)])),
    };
  }
}

/** A text, as a decoder with cross-attention sees it. */
export interface AttendedText {
  /** float32 `[vocabulary]` after the token at a position */
  readonly logitsAt: (position: number) => Float32Array;
  /** By layer, float32 `[1, heads, tokens, positions]`: how much each token attends to each position of the encoder. */
  readonly attentions: ReadonlyMap<number, Tensor<"float32">>;
}

/** The output that conversions with attentions (`*_timestamped` of the public ones) have for each layer. */
function crossAttention(layer: number): string {
  return `cross_attentions.${layer}`;
}

/** What a graph computes for the next token: attentions, which are large, are left out. */
function withoutAttentions({ outputs }: Graph): readonly string[] | undefined {
  const names = Object.keys(outputs);
  const wanted = names.filter((name) => !/attentions\.\d+$/.test(name));
  return wanted.length === names.length ? undefined : wanted;
}

function withFloat32(tensor: Tensor): Tensor<"float32"> {
  if (tensor.type !== "float16") return tensor as Tensor<"float32">;
  return { type: "float32", shape: tensor.shape, data: fromFloat16(tensor.data as Uint16Array) };
}

/** What a run computed, and of it the logits of each row's last position. */
interface Computed {
  readonly outputs: NamedTensors;
  readonly logits: Logits;
}

class GraphDecoderRun implements DecoderRun {
  readonly #graphs: DecoderGraphs;
  readonly #encoder: EncoderStates | undefined;
  readonly hasCache: boolean;
  cache: KeyValueCache;
  /** Ids that each row was given, padding on the left included. */
  #rows: (readonly number[])[] = [];
  /** Padding on the left of each row. */
  #padding: number[] = [];
  /** The item that each row belongs to, and the encoder's states in that order. */
  #items: number[] = [];
  #states: EncoderStates | undefined;
  /** Positions in the cache. */
  #past = 0;

  constructor(graphs: DecoderGraphs, encoder: EncoderStates | undefined) {
    this.#graphs = graphs;
    this.#encoder = encoder;
    const taking = graphs.decoderWithPast ?? graphs.decoder;
    this.cache = new KeyValueCache(taking.inputs);
    this.hasCache = Object.keys(taking.inputs).some((name) => name.startsWith("past_key_values."));
  }

  async prompt(
    prompts: readonly (readonly number[])[],
    known: { readonly cache: KeyValueCache; readonly length: number } | undefined,
    wanted?: readonly string[],
  ): Promise<Computed> {
    const length = Math.max(...prompts.map((prompt) => prompt.length));
    this.#padding = prompts.map((prompt) => length - prompt.length);
    this.#rows = prompts.map((prompt, row) => [...new Array<number>(this.#padding[row] ?? 0).fill(0), ...prompt]);
    this.#items = prompts.map((_, item) => item);
    this.#states = this.#encoder;
    if (known !== undefined) {
      this.cache = known.cache;
      this.#past = known.length;
    }
    return this.#compute(wanted);
  }

  async step(tokens: readonly number[], parents: readonly number[]): Promise<Logits> {
    const items = parents.map((parent) => this.#items[parent] as number);
    const isSame = items.length === this.#items.length && items.every((item, row) => item === this.#items[row]);
    this.cache.reorder(parents, isSame);
    this.#rows = parents.map((parent, row) => [...(this.#rows[parent] as readonly number[]), tokens[row] as number]);
    this.#padding = parents.map((parent) => this.#padding[parent] as number);
    if (!isSame && this.#encoder !== undefined) this.#states = statesOf(this.#encoder, items);
    this.#items = items;
    return (await this.#compute()).logits;
  }

  paddingOf(row: number): number {
    return this.#padding[row] ?? 0;
  }

  async #compute(wanted?: readonly string[]): Promise<Computed> {
    const { decoder, decoderWithPast } = this.#graphs;
    const graph = this.#past > 0 ? (decoderWithPast ?? decoder) : decoder;
    const outputs = await graph.run(await this.#feeds(graph), wanted ?? withoutAttentions(graph));
    if (this.hasCache) {
      this.cache.update(outputs);
      this.#past = this.#rows[0]?.length ?? 0;
    }
    return { outputs, logits: lastPositions(graph, outputs) };
  }

  async #feeds(graph: Graph): Promise<NamedTensors> {
    const rows = this.#rows.length;
    const whole = this.#rows[0]?.length ?? 0;
    const fresh = whole - this.#past;
    const { inputs } = graph;
    const feeds: Record<string, Tensor> = {};
    const integers = (name: string, shape: readonly number[], at: (row: number, i: number) => number): void => {
      const declaration = inputs[name];
      if (declaration !== undefined) feeds[name] = integerTensor(declaration, shape, at);
    };
    const id = (row: number, i: number): number => this.#rows[row]?.[this.#past + i] ?? 0;
    integers("input_ids", [rows, fresh], id);
    if ("inputs_embeds" in inputs) feeds.inputs_embeds = await this.#embedded(rows, fresh, id);
    integers("attention_mask", [rows, whole], (row, i) => (i < (this.#padding[row] ?? 0) ? 0 : 1));
    integers("position_ids", [rows, fresh], (row, i) => Math.max(0, this.#past + i - (this.#padding[row] ?? 0)));
    integers("cache_position", [fresh], (_, i) => this.#past + i);
    integers("num_logits_to_keep", [], () => 1);
    const branch = inputs.use_cache_branch;
    if (branch !== undefined)
      feeds.use_cache_branch = { type: "bool", shape: [1], data: Uint8Array.of(this.#past > 0 ? 1 : 0) };
    if ("encoder_hidden_states" in inputs && this.#states !== undefined)
      feeds.encoder_hidden_states = this.#states.hiddenStates;
    if ("encoder_attention_mask" in inputs && this.#states !== undefined)
      feeds.encoder_attention_mask = this.#states.attentionMask ?? everywhere(this.#states.hiddenStates);
    const takesCache = Object.keys(inputs).some((name) => name.startsWith("past_key_values."));
    return takesCache ? { ...feeds, ...this.cache.feeds(rows) } : feeds;
  }

  async #embedded(rows: number, length: number, id: (row: number, i: number) => number): Promise<Tensor> {
    const { embedTokens, decoder } = this.#graphs;
    const declaration = embedTokens?.inputs.input_ids;
    if (embedTokens === undefined || declaration === undefined) {
      throw new ModelError(
        "graph_mismatch",
        `The graph "${decoder.name}" takes inputs_embeds, so a graph that embeds ids ("embed_tokens") must be opened with it.`,
        { details: { graph: decoder.name } },
      );
    }
    const outputs = await embedTokens.run({ input_ids: integerTensor(declaration, [rows, length], id) });
    return outputs.inputs_embeds ?? (Object.values(outputs)[0] as Tensor);
  }
}

function everywhere({ shape: [rows = 0, length = 0] }: Tensor): Tensor<"int64"> {
  return { type: "int64", shape: [rows, length], data: new BigInt64Array(rows * length).fill(1n) };
}

/** An integer tensor of the declared type from `at(row, position)`; a shape of one axis has one row, of none one value. */
function integerTensor(
  { dtype }: TensorDeclaration,
  shape: readonly number[],
  at: (row: number, i: number) => number,
): Tensor {
  const length = shape.at(-1) ?? 1;
  const count = shape.reduce((product, axis) => product * axis, 1);
  const data = dtype === "int32" ? new Int32Array(count) : new BigInt64Array(count);
  for (let i = 0; i < count; i++) {
    const value = at(Math.floor(i / length), i % length);
    if (data instanceof Int32Array) data[i] = value;
    else data[i] = BigInt(value);
  }
  return { type: dtype, shape, data } as Tensor;
}

function copyOfPosition({ logits }: NamedTensors, row: number, position: number): Float32Array | undefined {
  const [rows = 0, length = 0, vocabulary = 0] = logits?.shape ?? [];
  if (logits === undefined || row >= rows || position < 0 || position >= length) return undefined;
  const from = (row * length + position) * vocabulary;
  return logits.type === "float16"
    ? fromFloat16((logits.data as Uint16Array).subarray(from, from + vocabulary))
    : (logits.data as Float32Array).slice(from, from + vocabulary);
}

/** Copies, since searches overwrite them and the engine may own the tensor. */
function lastPositions(graph: Graph, outputs: NamedTensors): Logits {
  const { logits } = outputs;
  if (logits === undefined || logits.shape.length !== 3) {
    throw new ModelError(
      "graph_mismatch",
      `The graph "${graph.name}" must give "logits" of [rows, length, vocabulary]; it gives ${Object.keys(outputs).join(", ")}.`,
      { details: { graph: graph.name } },
    );
  }
  const [rows = 0, length = 0] = logits.shape;
  return Array.from({ length: rows }, (_, row) => copyOfPosition(outputs, row, length - 1) as Float32Array);
}
