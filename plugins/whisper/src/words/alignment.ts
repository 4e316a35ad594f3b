import type { Tensor } from "@menagerie/core";

/** A layer of the decoder and a head of it. */
export type AlignmentHead = readonly [layer: number, head: number];

/** How well each token fits to each position of the encoder: larger is better. */
export interface Alignment {
  /** float32 `[tokens, positions]` */
  readonly data: Float32Array;
  readonly tokens: number;
  readonly positions: number;
}

/** Positions that the median is taken over. */
const filterWidth = 7;

/**
 * The mean over heads of attention that is brought to one scale over the tokens and smoothed along time, as openai/whisper's
 * `find_alignment` makes it.
 * @param attentions by layer, float32 `[1, heads, tokens, positions of a whole window]`, which sum to 1 over the positions
 * @param positions of the encoder that lie within the recording; what tokens attend to beyond them is left out
 */
export function alignmentOf(
  attentions: ReadonlyMap<number, Tensor<"float32">>,
  heads: readonly AlignmentHead[],
  positions: number,
): Alignment {
  const tokens = [...attentions.values()][0]?.shape[2] ?? 0;
  const sum = new Float32Array(tokens * positions);
  for (const [layer, head] of heads) {
    const weights = withinRecording(attentions.get(layer) as Tensor<"float32">, head, positions);
    standardise(weights, tokens, positions);
    const smooth = medianFilter(weights, tokens, positions);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (smooth[i] as number);
  }
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) / heads.length;
  return { data: sum, tokens, positions };
}

/** The reference takes its softmax over these positions alone: dividing by their sum is the same. */
function withinRecording({ data, shape }: Tensor<"float32">, head: number, positions: number): Float32Array {
  const [, , tokens = 0, whole = 0] = shape;
  const weights = new Float32Array(tokens * positions);
  for (let token = 0; token < tokens; token++) {
    const from = (head * tokens + token) * whole;
    let sum = 0;
    for (let i = 0; i < positions; i++) sum += data[from + i] as number;
    for (let i = 0; i < positions; i++) weights[token * positions + i] = (data[from + i] as number) / sum;
  }
  return weights;
}

/** Mean 0 and deviation 1 over the tokens, at each position; in place. */
function standardise(weights: Float32Array, tokens: number, positions: number): void {
  for (let i = 0; i < positions; i++) {
    let sum = 0;
    for (let token = 0; token < tokens; token++) sum += weights[token * positions + i] as number;
    const mean = sum / tokens;
    let squares = 0;
    for (let token = 0; token < tokens; token++) squares += ((weights[token * positions + i] as number) - mean) ** 2;
    const deviation = Math.sqrt(squares / tokens);
    for (let token = 0; token < tokens; token++) {
      const at = token * positions + i;
      weights[at] = ((weights[at] as number) - mean) / deviation;
    }
  }
}

/** The middle of `filterWidth` neighbours, the row mirrored at its ends; a row that is too short for it stays as it is. */
function medianFilter(weights: Float32Array, tokens: number, positions: number): Float32Array {
  const reach = (filterWidth - 1) / 2;
  if (positions <= reach) return weights;
  const smooth = new Float32Array(weights.length);
  const neighbours = new Float32Array(filterWidth);
  for (let token = 0; token < tokens; token++) {
    const row = token * positions;
    for (let i = 0; i < positions; i++) {
      for (let j = -reach; j <= reach; j++) {
        const at = Math.abs(i + j);
        neighbours[j + reach] = weights[row + (at < positions ? at : 2 * (positions - 1) - at)] as number;
      }
      neighbours.sort();
      smooth[row + i] = neighbours[reach] as number;
    }
  }
  return smooth;
}
