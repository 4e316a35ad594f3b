import { ModelError, type Tensor } from "@menagerie/core";
import type { Graph, NamedTensors } from "@menagerie/core/loader";
import { throwIfCancelled } from "../throw-if-cancelled.ts";
import { frameSamples } from "./speech-spans.ts";

/** Samples before a frame that it is heard with. */
const contextSamples = 64;
const inputSamples = contextSamples + frameSamples;
/** Frames of one run: some 16 s. */
const framesAtATime = 512;

/** How a graph of Silero's is asked. */
interface Layout {
  readonly inputs: readonly string[];
  readonly probability: string;
  /** Inputs that hold what the graph remembers, and the outputs that they are taken from. */
  readonly memory: readonly (readonly [input: string, output: string])[];
  readonly framesAtATime: number;
}

/** faster-whisper's `silero_vad_v6` and silero-vad's `silero_vad_16k_sequence` take many frames, the others one after the other. */
const layouts: readonly Layout[] = [
  {
    inputs: ["input", "h", "c"],
    probability: "speech_probs",
    memory: [
      ["h", "hn"],
      ["c", "cn"],
    ],
    framesAtATime,
  },
  ...[
    ["input", "state", "sr"],
    ["input", "state"],
  ].map((inputs) => ({
    inputs,
    probability: "output",
    memory: [["state", "stateN"] as const],
    framesAtATime: 1,
  })),
];

/** How a graph with these tensors is asked; undefined where it is no Silero of version 5 or 6. */
export function speechLayout(graph: SpeechTensors): Layout | undefined {
  return layouts.find(
    ({ inputs, probability, memory }) =>
      Object.keys(graph.inputs).length === inputs.length &&
      inputs.every((name) => name in graph.inputs) &&
      [probability, ...memory.map(([, output]) => output)].every((name) => name in graph.outputs),
  );
}

/** The tensors of a graph, opened or not. */
export interface SpeechTensors {
  readonly inputs: Readonly<Record<string, { readonly shape: readonly (number | string)[] }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What tensors such a graph has. */
export const expectedOfSpeech =
  '"input", "h" and "c" giving "speech_probs", or "input", "state" and maybe "sr" giving "output": Silero of version 5 or 6';

/** A Silero that says how likely it is that somebody speaks. */
export class SpeechGraph {
  readonly #graph: Graph;
  readonly #layout: Layout;

  /** @throws `graph_mismatch` for a graph of other tensors */
  constructor(graph: Graph) {
    const layout = speechLayout(graph);
    if (layout === undefined)
      throw new ModelError(
        "graph_mismatch",
        `The graph "${graph.name}" cannot find speech: it takes ${Object.keys(graph.inputs).join(", ")} and gives ` +
          `${Object.keys(graph.outputs).join(", ")}, but ${expectedOfSpeech} was expected.`,
        { details: { graph: graph.name } },
      );
    this.#graph = graph;
    this.#layout = layout;
  }

  /**
   * The probability of speech in each frame of 32 ms, 0 to 1, as faster-whisper's `SileroVADModel` computes it.
   * @param samples mono at 16 kHz
   * @param signal looked at between runs
   * @throws `cancelled`, `graph_mismatch`
   */
  async probabilities(samples: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const { inputs, probability, memory, framesAtATime } = this.#layout;
    // A recording of whole frames has one of silence after it, as in the reference.
    const count = Math.floor(samples.length / frameSamples) + 1;
    const found = new Float32Array(count);
    let state: NamedTensors = Object.fromEntries(memory.map(([input]) => [input, this.#nothing(input)]));
    const rate = inputs.includes("sr") ? { sr: this.#rate() } : {};
    for (let first = 0; first < count; first += framesAtATime) {
      throwIfCancelled(signal);
      const rows = Math.min(framesAtATime, count - first);
      const input: Tensor = {
        type: "float32",
        shape: [rows, inputSamples],
        data: framesOf(samples, first, rows, count),
      };
      const answer = await this.#graph.run({ input, ...state, ...rate });
      const part = answer[probability]?.data as Float32Array | undefined;
      if (part?.length !== rows)
        throw new ModelError(
          "graph_mismatch",
          `The graph "${this.#graph.name}" gave ${part?.length ?? 0} values of "${probability}" for ${rows} frames.`,
        );
      found.set(part, first);
      state = Object.fromEntries(memory.map(([input, output]) => [input, answer[output] as Tensor]));
    }
    return found;
  }

  #nothing(input: string): Tensor {
    const shape = this.#graph.inputs[input]?.shape.map((size) => (typeof size === "number" ? size : 1)) ?? [];
    return { type: "float32", shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) };
  }

  #rate(): Tensor {
    const shape = this.#graph.inputs.sr?.shape.map(() => 1) ?? [];
    return { type: "int64", shape, data: BigInt64Array.of(16_000n) };
  }
}

/** float32 `[rows, 576]`: each frame after the last samples of the one before. */
function framesOf(samples: Float32Array, first: number, rows: number, count: number): Float32Array {
  const data = new Float32Array(rows * inputSamples);
  for (let row = 0; row < rows; row++) {
    const start = (first + row) * frameSamples;
    const isLast = first + row === count - 1;
    // The reference writes zeros over the last samples of all, where the first frame's context is to come from.
    const end = isLast ? start + frameSamples - contextSamples : start + frameSamples;
    const from = Math.max(0, start - contextSamples);
    const to = Math.min(samples.length, end);
    data.set(samples.subarray(from, to), row * inputSamples + contextSamples - (start - from));
  }
  return data;
}
