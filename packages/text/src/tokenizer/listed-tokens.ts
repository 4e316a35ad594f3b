import { contentOf, isAmong, isKeys, type Keys, shown, ToldToken } from "./told-token.ts";
import { checkId } from "./vocabulary-ids.ts";

/**
 * Tokens of tokenizer_config.json's `added_tokens_decoder`, in the order of their ids.
 * @throws SyntaxError for what is no object of tokens by ids, or for ids that `checkId` refuses
 */
export function decoderTokens(decoder: unknown, vocabularySize: number): ToldToken[] {
  const where = "tokenizer_config.json: added_tokens_decoder";
  if (!isKeys(decoder)) throw new SyntaxError(`${where} is ${shown(decoder)}; tokens by their ids were expected`);
  const listed = Object.entries(decoder);
  return listed
    .map(([id, value]): [number, ToldToken] => {
      if (!/^(0|[1-9]\d*)$/.test(id))
        throw new SyntaxError(`${where} has the id ${shown(id)}; a whole number from 0 was expected`);
      if (!isKeys(value))
        throw new SyntaxError(`${where}.${id} is ${shown(value)}; an object with its content was expected`);
      const token = ToldToken.of(`${where}.${id}`, value);
      checkId(where, token.content, Number(id), vocabularySize + listed.length);
      return [Number(id), token];
    })
    .sort(([one], [other]) => one - other)
    .map(([, token]) => token);
}

/**
 * Tokens of added_tokens.json in the order of their ids, special where they are among these.
 * @throws SyntaxError for two of one id: transformers forgets one of them
 */
export function olderTokens(ids: ReadonlyMap<string, number>, special: ReadonlySet<string>): ToldToken[] {
  const byId = new Map<number, string>();
  for (const [content, id] of ids) {
    const other = byId.get(id);
    if (other !== undefined)
      throw new SyntaxError(`added_tokens.json: ${shown(other)} and ${shown(content)} have the same id, ${id}`);
    byId.set(id, content);
  }
  return [...byId]
    .sort(([one], [other]) => one - other)
    .map(([, content]) => {
      const isSpecial = special.has(content);
      return new ToldToken(content, { normalized: !isSpecial, special: isSpecial });
    });
}

/**
 * A value of special_tokens_map.json. A list of further tokens is added to the one that the configuration has.
 * @throws SyntaxError for an object that is no token
 */
export function mappedValue(key: string, value: unknown, configured: unknown): unknown {
  const token = (keys: Keys): ToldToken => ToldToken.of(`special_tokens_map.json: ${key}`, { ...keys, special: true });
  if (key !== "extra_special_tokens") return isKeys(value) ? token(value) : value;
  if (!Array.isArray(value)) return value;
  if (configured && !Array.isArray(configured))
    throw new SyntaxError(`tokenizer_config.json: ${key} is ${shown(configured)}; a list or an object was expected`);
  const tokens: unknown[] = [...((configured || []) as unknown[])];
  for (const each of value) {
    const made = isKeys(each) ? token(each) : each;
    if (!isAmong(tokens, made)) tokens.push(made);
  }
  return tokens;
}

/** Texts of the tokens among these values. */
export function contents(values: readonly unknown[]): ReadonlySet<string> {
  return new Set(values.map(contentOf).filter((content) => content !== undefined));
}
