export type { Decoder, DecoderRun, DecoderStart, Logits } from "./generation/decoder.ts";
export { type EncoderStates, statesOf } from "./generation/encoder-states.ts";
export { type GenerateRequest, generate } from "./generation/generate.ts";
export { type GenerationConfig, generationConfig, generationConfigSchema } from "./generation/generation-config.ts";
export { type AttendedText, type DecoderGraphs, GraphDecoder } from "./generation/graph-decoder.ts";
export { logSumExp } from "./generation/log-softmax.ts";
export { PrefixCache } from "./generation/prefix-cache.ts";
export type { ScoreProcessor } from "./generation/score-processors.ts";
export { seededRandom } from "./generation/seeded-random.ts";
export type { GeneratedSequence, StoppedBy } from "./generation/token-search.ts";
export {
  type TextPreprocessing,
  textPreprocessing,
  textPreprocessingSchema,
} from "./preprocessing/text-preprocessing.ts";
export { type AdoptedText, adoptText, type ExpectedText } from "./tokenizer/adopt-text.ts";
export {
  adoptTokenizer,
  type ExpectedTokenizer,
  type FoundTokenizer,
  findTokenizer,
} from "./tokenizer/adopt-tokenizer.ts";
export { type ClipTextConfig, clipTextConfigSchema, withOlderSections } from "./tokenizer/clip-sections.ts";
export { cleanAsOpenClip, type OpenClipCleaning } from "./tokenizer/open-clip-text.ts";
export { TextStream } from "./tokenizer/text-stream.ts";
export { tokenTensors } from "./tokenizer/token-tensors.ts";
export { type TokenBatch, type TokenizeOptions, Tokenizer } from "./tokenizer/tokenizer.ts";
