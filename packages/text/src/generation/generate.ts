import { ModelError } from "@menagerie/core";
import { BeamSearch } from "./beam-search.ts";
import type { Decoder } from "./decoder.ts";
import { drawing } from "./draw.ts";
import { type EncoderStates, statesOf } from "./encoder-states.ts";
import type { GenerationConfig } from "./generation-config.ts";
import { likeliest } from "./highest.ts";
import type { PrefixCache } from "./prefix-cache.ts";
import { type ScoreProcessor, scoreProcessors } from "./score-processors.ts";
import { seededRandom } from "./seeded-random.ts";
import { SingleSearch } from "./single-search.ts";
import { stopRule } from "./stop-rule.ts";
import type { GeneratedSequence, TokenSearch } from "./token-search.ts";

export interface GenerateRequest {
  /** Ids that each item's text begins with: a decoder-only model's prompt, another's start tokens. */
  readonly prompts: readonly (readonly number[])[];
  readonly config: GenerationConfig;
  /** Rows are the items. */
  readonly encoder?: EncoderStates | undefined;
  /** A model's own rules, applied after the configuration's. */
  readonly processors?: readonly ScoreProcessor[] | undefined;
  /** Ids as text, needed for stop strings: `(ids) => tokenizer.decode(ids)`. */
  readonly textOf?: ((ids: readonly number[]) => string) | undefined;
  /** Whether the scores of texts are wanted, as they are unless said otherwise. A text without beams is found sooner without. */
  readonly scores?: boolean | undefined;
  /** Whether the log probabilities of texts are wanted; they are not unless said. */
  readonly logProbabilities?: boolean | undefined;
  /** Looked at between steps. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each token as it is chosen. Beams have no token before they are done. */
  readonly onToken?: ((item: number, id: number) => void) | undefined;
  /** Remembers the prompts of decoder-only models from call to call; used for one item at a time. */
  readonly prefixes?: PrefixCache | undefined;
}

/**
 * Continues each prompt. Items run together, row by row, and leave as they finish; each gets the answer it would get
 * alone.
 * @returns for each item the `num_return_sequences` best, best first
 * @throws `input_invalid` for an empty prompt, streamed beams or stop strings without text; `cancelled` when the signal fires
 */
export async function generate(
  decoder: Decoder,
  request: GenerateRequest,
): Promise<readonly (readonly GeneratedSequence[])[]> {
  check(request);
  const { prompts, encoder } = request;
  const lengths = new Set(prompts.map((prompt) => prompt.length));
  const groups = decoder.takesUnevenPrompts ? [undefined] : [...lengths];
  const answers = new Array<readonly GeneratedSequence[]>(prompts.length);
  for (const length of groups) {
    const items = prompts.flatMap((prompt, item) => (length === undefined || prompt.length === length ? [item] : []));
    const states = encoder === undefined ? undefined : statesOf(encoder, items);
    const searches = items.map((item) => ({ item, search: searchOf(request, item) }));
    await runTogether(decoder, searches, request, states);
    for (const { item, search } of searches) answers[item] = search.result();
  }
  return answers;
}

interface ItemSearch {
  readonly item: number;
  readonly search: TokenSearch;
}

async function runTogether(
  decoder: Decoder,
  searches: readonly ItemSearch[],
  { prompts, signal, prefixes }: GenerateRequest,
  states: EncoderStates | undefined,
): Promise<void> {
  if (searches.length === 0) return;
  throwIfCancelled(signal);
  const ids = searches.map(({ item }) => prompts[item] as readonly number[]);
  // The scores of whole prompts are let go at once.
  let { run, logits } = await decoder.start(ids, states, prefixes);
  let live = searches.map((search, row) => ({ ...search, rows: [row] }));
  while (live.length > 0) {
    throwIfCancelled(signal);
    const tokens: number[] = [];
    const parents: number[] = [];
    live = live.flatMap(({ item, search, rows }) => {
      const step = search.advance(rows.map((row) => logits[row] as Float32Array));
      if (step === undefined) return [];
      const first = tokens.length;
      tokens.push(...step.tokens);
      parents.push(...step.parents.map((parent) => rows[parent] as number));
      return [{ item, search, rows: step.tokens.map((_, i) => first + i) }];
    });
    if (live.length > 0) logits = await run.step(tokens, parents);
  }
}

function searchOf(
  { prompts, config, processors = [], textOf, scores = true, logProbabilities = false, onToken }: GenerateRequest,
  item: number,
): TokenSearch {
  const prompt = prompts[item] as readonly number[];
  const maxLength = config.max_new_tokens === undefined ? config.max_length : prompt.length + config.max_new_tokens;
  const parts = {
    prompt,
    processors: [...scoreProcessors(config, prompt.length, maxLength), ...processors],
    stop: stopRule(config, maxLength, textOf),
  };
  if (config.num_beams > 1) return new BeamSearch({ ...parts, config, maxLength, isWeighed: logProbabilities });
  return new SingleSearch({
    ...parts,
    choose: config.do_sample ? drawing(config, seededRandom(config.seed, item)) : likeliest,
    isScored: scores,
    isWeighed: logProbabilities,
    onToken: onToken === undefined ? undefined : (id) => onToken(item, id),
  });
}

function check({ prompts, config, textOf, onToken }: GenerateRequest): void {
  const refuse = (message: string): never => {
    throw new ModelError("input_invalid", message);
  };
  const empty = prompts.findIndex((prompt) => prompt.length === 0);
  if (empty >= 0) refuse(`Prompt ${empty} has no token: a text is continued from at least one.`);
  if (config.stop_strings.length > 0 && textOf === undefined)
    refuse("Stop strings need the tokenizer that turns ids into text.");
  if (onToken !== undefined && config.num_beams > 1)
    refuse(`The ${config.num_beams} beams are compared until the end: a streamed text needs num_beams 1.`);
  if (config.max_new_tokens !== undefined) return;
  const long = prompts.findIndex((prompt) => prompt.length >= config.max_length);
  if (long >= 0)
    refuse(
      `Prompt ${long} has ${prompts[long]?.length} tokens, which leaves none of the max_length of ${config.max_length}; ` +
        "give max_new_tokens instead.",
    );
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ModelError("cancelled", "The text was no longer wanted; what there was of it is lost.");
}
