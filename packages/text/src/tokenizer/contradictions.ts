import type { AddedToken } from "./added-vocabulary.ts";
import { type Claim, classClaims } from "./class-claims.ts";
import { specialTokens } from "./special-tokens.ts";
import { isKeys, type Keys, shown } from "./told-token.ts";
import { idsOf, modelVocabulary } from "./vocabulary-ids.ts";

/** What lies beside a `tokenizer.json`, parsed; undefined for a file that is not there. */
export interface FilesBeside {
  /** `tokenizer_config.json` */
  readonly config?: unknown;
  /** `special_tokens_map.json` */
  readonly specialTokens?: unknown;
  /** `added_tokens.json` */
  readonly addedTokens?: unknown;
  /** `model_type` of config.json, by which transformers takes a class where tokenizer_config.json names none. */
  readonly modelType?: unknown;
}

/**
 * Where the files beside a `tokenizer.json` make transformers 5 give other ids or texts than the `tokenizer.json` alone. It builds the
 * tokenizer anew by its class, of the vocabulary and of what tokenizer_config.json says, and adds each token that a file names.
 * `clean_up_tokenization_spaces` is passed over: texts are left as the decoder made them.
 * @returns the key and what is wrong with it; undefined where the files agree
 * @throws SyntaxError naming the key, for a value that transformers refuses too
 */
export function contradiction(json: Keys, beside: FilesBeside): Claim | undefined {
  const config = withTypes(keysOf("tokenizer_config.json", beside.config));
  const map = keysOf("special_tokens_map.json", beside.specialTokens);
  if (config.split_special_tokens)
    return { key: "split_special_tokens", problem: "is true, and tokens of a tokenizer.json are not split" };
  return tokenClaim(json, config, map, beside.addedTokens) ?? classClaims(json, config, map, beside.modelType);
}

function tokenClaim(json: Keys, config: Keys, map: Keys, addedTokens: unknown): Claim | undefined {
  const vocabularySize = modelVocabulary("model.vocab", (json.model as Keys).vocab).size;
  const own = new Map(addedTokensOf(json).map((token) => [token.content, token]));
  const addedIds = idsOf("added_tokens.json", addedTokens ?? {}, vocabularySize + own.size);
  const decoder = isKeys(config.added_tokens_decoder) ? config.added_tokens_decoder : undefined;
  const { tokens, listed } = specialTokens({ config, map, addedIds, vocabularySize: vocabularySize + own.size }, {});
  const ids = new Map(
    decoder === undefined
      ? addedIds
      : Object.entries(decoder).map(([id, token]) => [(token as Keys).content as string, Number(id)] as const),
  );
  for (const token of tokens) {
    const { content } = token;
    const key = keyOf(content, { config, map, isListed: listed.has(content), hasDecoder: decoder !== undefined });
    const known = own.get(content);
    if (known === undefined)
      return { key, problem: `is ${shown(content)}, which tokenizer.json has not among its added_tokens` };
    const id = ids.get(content);
    if (id !== undefined && id !== known.id)
      return { key, problem: `gives ${shown(content)} the id ${id}, and tokenizer.json ${shown(known.id)}` };
    if (!listed.has(content) && !known.special)
      return { key, problem: `is ${shown(content)}, which is no special token in tokenizer.json` };
    if (decoder === undefined || !listed.has(content)) continue;
    // One that is special stays so, whatever the list says.
    for (const flag of ["single_word", "lstrip", "rstrip", "normalized", "special"] as const)
      if (token[flag] !== known[flag] && !(flag === "special" && known.special))
        return { key, problem: `has ${flag} ${token[flag]} for ${shown(content)}, and tokenizer.json ${known[flag]}` };
  }
  // A class that is built anew has the tokens that the list has, and no others.
  if (decoder === undefined || isGeneral(config.tokenizer_class)) return undefined;
  const told = new Set(tokens.map(({ content }) => content));
  const lost = [...own.keys()].find((content) => content !== "" && !told.has(content));
  if (lost === undefined) return undefined;
  return {
    key: "added_tokens_decoder",
    problem: `lacks ${shown(lost)}, which is among the added_tokens of tokenizer.json`,
  };
}

/** Of a class that takes the tokenizer.json as it is. */
function isGeneral(name: unknown): boolean {
  return typeof name === "string" && /^PreTrainedTokenizer(Fast)?$|^TokenizersBackend$/.test(name);
}

interface OwnToken extends AddedToken {
  readonly id: unknown;
}

/** Those that the tokenizer.json adds, with the properties that are not told as the Rust library takes them. */
function addedTokensOf({ added_tokens: added }: Keys): OwnToken[] {
  if (!Array.isArray(added)) return [];
  return added.filter(isKeys).map((token) => ({
    ...{ single_word: false, lstrip: false, rstrip: false, special: false, normalized: !token.special, content: "" },
    ...token,
    id: token.id,
  }));
}

/** The key that names a token, for sentences. */
function keyOf(
  content: string,
  { config, map, isListed, hasDecoder }: { config: Keys; map: Keys; isListed: boolean; hasDecoder: boolean },
): string {
  if (isListed) return hasDecoder ? "added_tokens_decoder" : "added_tokens.json";
  const says = ([, value]: [string, unknown]): boolean => {
    if (typeof value === "string") return value === content;
    if (isKeys(value) && value.content === content) return true;
    return typeof value === "object" && value !== null && Object.entries(value).some(says);
  };
  const inConfig = Object.entries(config).find(says);
  if (inConfig !== undefined) return inConfig[0];
  return `special_tokens_map.json: ${Object.entries(map).find(says)?.[0] ?? content}`;
}

/** Older configurations have special tokens as objects that do not say what they are. */
function withTypes(config: Keys): Keys {
  const typed = Object.entries(config).map(([key, value]) =>
    key.endsWith("_token") && isKeys(value) && typeof value.content === "string"
      ? [key, { __type: "AddedToken", ...value }]
      : [key, value],
  );
  return Object.fromEntries(typed);
}

function keysOf(file: string, value: unknown): Keys {
  if (value === undefined) return {};
  if (isKeys(value)) return value;
  throw new SyntaxError(`${file} is ${shown(value)}; an object was expected`);
}
