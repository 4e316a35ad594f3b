import type { AddedToken } from "./added-vocabulary.ts";
import { contents, decoderTokens, mappedValue, olderTokens } from "./listed-tokens.ts";
import { contentOf, isAmong, isKeys, type Keys, shown, type Token, ToldToken } from "./told-token.ts";

/** The part that a special token plays, by the key that a tokenizer's files have for it. */
export type SpecialToken =
  | "bos_token"
  | "eos_token"
  | "unk_token"
  | "sep_token"
  | "pad_token"
  | "cls_token"
  | "mask_token";

/** In the order in which transformers adds them. */
const specialKeys: readonly string[] = [
  ...(["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const),
] satisfies readonly SpecialToken[];

/** What a tokenizer's files say of tokens, parsed. */
export interface SpecialTokenFiles {
  /** `tokenizer_config.json` */
  readonly config: Keys;
  /** `special_tokens_map.json` */
  readonly map: Keys;
  /** `added_tokens.json` */
  readonly addedIds: ReadonlyMap<string, number>;
  /** Number of tokens without the added ones. */
  readonly vocabularySize: number;
}

export interface SpecialTokens {
  /** In the order in which transformers adds them, which gives them their ids. */
  readonly tokens: readonly AddedToken[];
  /** Texts of those that a file gives an id. */
  readonly listed: ReadonlySet<string>;
  /** Texts of those that play a part. */
  readonly named: Readonly<Partial<Record<SpecialToken, string>>>;
}

/**
 * The tokens that a tokenizer's files add to its vocabulary, as transformers 5 reads them. `added_tokens_decoder` of
 * tokenizer_config.json stands in place of special_tokens_map.json and added_tokens.json; without it the map's values win
 * over the configuration's. Names beside the seven of `SpecialToken` (`image_token`, those of an `extra_special_tokens`
 * that is an object) are added like them.
 * @throws SyntaxError with the key for a value that is no token
 */
export function specialTokens(
  { config, map, addedIds, vocabularySize }: SpecialTokenFiles,
  defaults: Readonly<Partial<Record<SpecialToken, string>>>,
): SpecialTokens {
  const said = new Map<string, unknown>(Object.entries(config));
  if (isFalsy(said.get(extraKey))) rename(said, "additional_special_tokens", extraKey);
  gatherOwn(said);
  let listed: ToldToken[];
  if (said.has("added_tokens_decoder")) listed = decoderTokens(said.get("added_tokens_decoder"), vocabularySize);
  else {
    for (const [key, value] of Object.entries(map)) said.set(key, mappedValue(key, value, said.get(extraKey)));
    const extra = said.get(extraKey);
    if (isKeys(extra)) {
      said.set(ownKey, { ...(said.get(ownKey) ?? {}), ...extra });
      said.delete(extraKey);
    }
    const special = [...specialKeys.map((key) => said.get(key)), ...(Array.isArray(extra) ? extra : [])];
    listed = olderTokens(addedIds, contents(special));
  }
  for (const [key, value] of said) said.set(key, typed(key, value));
  for (const key of specialKeys) {
    const value = said.get(key);
    // Of two ids with the same token the last counts.
    said.set(key, listed.findLast(({ content }) => content === contentOf(value)) ?? value ?? null);
    if (value === undefined && defaults[key as SpecialToken] !== undefined)
      said.set(key, defaults[key as SpecialToken]);
  }
  const named = namedTokens(said);
  return {
    listed: contents(listed),
    tokens: inOrder(listed, [...named.values()], extraTokens(said)),
    named: Object.fromEntries([...named].map(([key, token]) => [key, contentOf(token)])),
  };
}

const extraKey = "extra_special_tokens";
/** Tokens that a model has beside the seven, by name. */
const ownKey = "model_specific_special_tokens";
/** Where further tokens stand, for sentences: each of these may end up as another. */
const furtherKeys = `${extraKey} (additional_special_tokens, ${ownKey})`;

/** As Python sees it. */
function isFalsy(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value;
}

function rename(said: Map<string, unknown>, from: string, to: string): void {
  if (!said.has(from)) return;
  said.set(to, said.get(from));
  said.delete(from);
}

/** Gathers what tokenizer_config.json names beside the seven. */
function gatherOwn(said: Map<string, unknown>): void {
  const own = new Map<string, unknown>();
  for (const [key, value] of [...said]) {
    if (specialKeys.includes(key) || !key.endsWith("_token") || typeof value !== "string") continue;
    own.set(key, value);
    said.delete(key);
  }
  const extra = said.get(extraKey);
  if (isKeys(extra)) {
    for (const [key, value] of Object.entries(extra)) own.set(key, value);
    said.delete(extraKey);
  }
  if (own.size > 0) said.set(ownKey, Object.fromEntries(own));
}

/** Objects that say they are tokens, and those within lists and the model's own, made tokens. */
function typed(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => typed(key, each));
  if (!isKeys(value)) return value;
  if (value.__type === "AddedToken")
    return ToldToken.of(`tokenizer_config.json: ${key === ownKey ? furtherKeys : key}`, value);
  if (key !== ownKey) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, typed(name, each)]));
}

/** Those that play a part: the seven, then the model's own. */
function namedTokens(said: ReadonlyMap<string, unknown>): ReadonlyMap<string, Token> {
  const named = new Map<string, Token>();
  for (const key of specialKeys) if (said.get(key) !== null) named.set(key, tokenOf(key, said.get(key)));
  for (const [key, value] of said)
    if (!specialKeys.includes(key) && key.endsWith("_token") && contentOf(value) !== undefined)
      named.set(key, tokenOf(key, value));
  const own = said.get(ownKey) ?? {};
  if (!isKeys(own)) throw new SyntaxError(`${furtherKeys} is ${shown(own)}; an object of tokens by name was expected`);
  for (const [key, value] of Object.entries(own)) {
    const where = key.endsWith("_token") ? key : `${furtherKeys}: ${key}`;
    // JavaScript puts names that are numbers first: the order that ids depend on is lost.
    if (/^\d+$/.test(key)) throw new SyntaxError(`${where} is a number, which cannot be a name`);
    named.set(key, tokenOf(where, value));
  }
  return named;
}

function extraTokens(said: Map<string, unknown>): Token[] {
  if (!said.has(extraKey)) rename(said, "additional_special_tokens", extraKey);
  const extra = said.get(extraKey) ?? [];
  if (!Array.isArray(extra))
    throw new SyntaxError(`${furtherKeys} is ${shown(extra)}; a list or an object was expected`);
  return extra.map((each, i) => tokenOf(`${furtherKeys}: [${i}]`, each));
}

/** @throws SyntaxError for what transformers refuses too, and for a token without a text */
function tokenOf(key: string, value: unknown): Token {
  if (value instanceof ToldToken || (typeof value === "string" && value !== "")) return value;
  const remedy = isKeys(value) ? ' "__type": "AddedToken" and' : "";
  throw new SyntaxError(
    `${key} is ${shown(value)}; the token's text, or an object with${remedy} its content was expected`,
  );
}

/** All of them as the Rust library takes them, each once with the same properties. */
function inOrder(listed: readonly ToldToken[], named: readonly Token[], extra: readonly Token[]): AddedToken[] {
  const known = contents(listed);
  const parts = contents(named);
  const tokens: Token[] = [...listed];
  for (const token of [...named, ...extra])
    if (!known.has(contentOf(token) as string) && !isAmong(tokens, token)) tokens.push(token);
  return tokens.map((token) => {
    if (typeof token === "string") return added(new ToldToken(token, { special: true }));
    return added(new ToldToken(token.content, { ...token, special: token.special || parts.has(token.content) }));
  });
}

function added({ content, single_word, lstrip, rstrip, normalized, special }: ToldToken): AddedToken {
  return { content, single_word, lstrip, rstrip, normalized: normalized ?? !special, special };
}
