import { Tokenizer as Library } from "@huggingface/tokenizers";
import { type AddedToken, AddedVocabulary, type ModelVocabulary } from "./added-vocabulary.ts";
import { correctDecoder, type DecoderConfig, withoutWordEnds } from "./exact-decoder.ts";
import { exactNormalizer, libraryNormalizer, type NormalizerConfig } from "./exact-normalizer.ts";
import { correctPreTokenizer, type PreTokenizerConfig } from "./exact-pre-tokenizer.ts";
import { isKeys, shown, ToldToken } from "./told-token.ts";
import { type UnigramConfig, UnigramEncoder } from "./unigram-encoder.ts";
import { checkId, modelVocabulary } from "./vocabulary-ids.ts";

/** The sections of a `tokenizer.json` in which the library differs from the reference. */
export interface TokenizerJson {
  readonly normalizer?: NormalizerConfig | null;
  readonly pre_tokenizer?: PreTokenizerConfig | null;
  readonly decoder?: DecoderConfig | null;
  readonly added_tokens?: unknown;
  readonly model: UnigramConfig | { readonly type?: string; readonly vocab?: unknown };
}

/** The library's tokenizer, set right where its ids and texts would not be the reference's. */
export interface ExactTokenizer {
  readonly library: Library;
  /** Of an added token or another. */
  readonly idOf: (token: string) => number | undefined;
  /** The largest id and one more. */
  readonly vocabularySize: number;
  /** What is done to a decoded text at last. */
  readonly finish: (text: string) => string;
}

/** @throws SyntaxError naming the section for ids or added tokens that are none; what the library throws for the others */
export function exactTokenizer(json: TokenizerJson): ExactTokenizer {
  const { normalizer, pre_tokenizer: preTokenizer, model } = json;
  const vocabulary = modelVocabulary("model.vocab", (model as { vocab?: unknown }).vocab);
  const normalise = normalizer ? exactNormalizer(normalizer) : undefined;
  const added = new AddedVocabulary(vocabulary, addedTokens(json.added_tokens ?? [], vocabulary.size), normalise);
  const library = new Library(
    {
      ...json,
      ...(normalizer ? { normalizer: libraryNormalizer(normalizer) } : {}),
      added_tokens: [...added.tokens].map(([id, token]) => ({ id, ...token })),
    },
    {},
  );
  if (normalise !== undefined) library.normalizer = normalise as never;
  if (preTokenizer && library.pre_tokenizer !== null) correctPreTokenizer(library.pre_tokenizer as never, preTokenizer);
  if (isUnigram(model)) {
    const encoder = new UnigramEncoder(model);
    (library.model as unknown as { encode(words: string[]): string[] }).encode = (words) =>
      words.flatMap((word) => encoder.encode(word));
  }
  takeAddedTokens(library as unknown as Inside, added, vocabulary);
  let largest = vocabulary.largest;
  for (const id of added.tokens.keys()) largest = Math.max(largest, id);
  return {
    library,
    idOf: (token) => added.idOf(token),
    vocabularySize: largest + 1,
    finish: correctEnd(library, json.decoder),
  };
}

function isUnigram(model: TokenizerJson["model"]): model is UnigramConfig {
  return model.type === "Unigram";
}

function addedTokens(tokens: unknown, vocabularySize: number): AddedToken[] {
  if (!Array.isArray(tokens)) throw new SyntaxError(`added_tokens is ${shown(tokens)}; a list was expected`);
  return tokens.flatMap((value: unknown, i): AddedToken[] => {
    if (!isKeys(value)) throw new SyntaxError(`added_tokens[${i}] is ${shown(value)}; a token was expected`);
    if (value.content === "") return [];
    const { normalized, ...token } = ToldToken.of(`added_tokens[${i}]`, value);
    checkId("added_tokens", token.content, value.id, vocabularySize + tokens.length);
    return [{ ...token, normalized: normalized ?? !token.special }];
  });
}

/** What the library keeps to itself. */
interface Inside {
  added_tokens_map: Map<string, unknown>;
  special_tokens: readonly string[];
  readonly pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null;
  readonly model: ((words: string[]) => string[]) & {
    readonly vocab: string[];
    readonly tokens_to_ids: Map<string, number>;
  };
  encode_text(text: string | null): string[] | null;
}

/** The library finds added tokens within words, and strips the white space of JavaScript around them. */
function takeAddedTokens(library: Inside, added: AddedVocabulary, vocabulary: ModelVocabulary): void {
  library.added_tokens_map = new Map();
  for (const [id, { content }] of added.tokens) {
    library.added_tokens_map.set(content, { id });
    // The library lets its model find added tokens within words too.
    if (vocabulary.get(content) === undefined) library.model.tokens_to_ids.delete(content);
  }
  for (const [id, name] of added.names) library.model.vocab[id] = name;
  library.special_tokens = added.special;
  library.encode_text = (text) => {
    if (text === null) return null;
    return added.split(text).flatMap((part) => {
      if ("token" in part) return [part.token];
      const words = library.pre_tokenizer?.(part.text, { section_index: part.isFirst ? 0 : 1 }) ?? [part.text];
      return library.model(words);
    });
  };
}

/** The library reads the ends of words in any text, the reference in a CLIP's, whose decoder knows only bytes. */
function correctEnd(library: Library, config: TokenizerJson["decoder"]): ExactTokenizer["finish"] {
  if (!config || library.decoder === null) return (text) => text;
  correctDecoder(library.decoder as never, config);
  library.decoder.end_of_word_suffix = null;
  const { end_of_word_suffix: wordEnd } = library.model as unknown as { end_of_word_suffix?: string | null };
  return wordEnd && config.type === "ByteLevel" ? (text) => withoutWordEnds(text, wordEnd) : (text) => text;
}
