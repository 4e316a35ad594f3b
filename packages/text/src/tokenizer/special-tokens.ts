/** The part that a special token plays, by the key that a tokenizer's files have for it. */
export type SpecialToken =
  | "bos_token"
  | "eos_token"
  | "unk_token"
  | "sep_token"
  | "pad_token"
  | "cls_token"
  | "mask_token";

const specialKeys: readonly SpecialToken[] = [
  ...(["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const),
];

/** A token that is found in a text before it is split, as `tokenizer.json` has it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Whether it is looked for in the text after it was normalised. */
  readonly normalized: boolean;
  readonly special: boolean;
}

type Keys = Readonly<Record<string, unknown>>;
type Properties = Omit<AddedToken, "id">;

/**
 * The tokens that a tokenizer's files add to its vocabulary, as transformers 5 reads them: the special ones by their part,
 * `added_tokens_decoder` of tokenizer_config.json, else special_tokens_map.json and added_tokens.json.
 * @throws SyntaxError for a special token that has no id
 */
export function specialTokens(
  { vocab, config, map }: { vocab: ReadonlyMap<string, number>; config: Keys; map: Keys },
  addedIds: ReadonlyMap<string, number>,
  defaults: Readonly<Partial<Record<SpecialToken, string>>>,
): { readonly added: readonly AddedToken[]; readonly named: Readonly<Partial<Record<SpecialToken, AddedToken>>> } {
  const decoder = typeof config.added_tokens_decoder === "object" ? (config.added_tokens_decoder as Keys) : undefined;
  const said: Keys = decoder === undefined ? { ...config, ...map } : config;
  const added = new Map<string, AddedToken>();
  const idOf = (content: string): number | undefined =>
    added.get(content)?.id ?? addedIds.get(content) ?? vocab.get(content);
  for (const [id, value] of Object.entries(decoder ?? {})) {
    const token = propertiesOf(value, { normalized: true });
    if (token !== undefined) added.set(token.content, { id: Number(id), ...token });
  }
  const named: Partial<Record<SpecialToken, AddedToken>> = {};
  const add = (key: string, value: unknown): AddedToken | undefined => {
    const token = propertiesOf(value, { special: true });
    if (token === undefined) return undefined;
    const id = idOf(token.content);
    if (id === undefined)
      throw new SyntaxError(
        `${key} is ${JSON.stringify(token.content)}, which vocab.json and added_tokens.json do not know`,
      );
    // Those of added_tokens.json keep what such a plain list says of them: nothing.
    const known = added.get(token.content) ?? { id, ...token, special: true };
    added.set(token.content, known);
    return known;
  };
  for (const key of specialKeys) {
    const value = said[key] === undefined ? defaults[key] : said[key];
    // What a class would call its token, and a smaller vocabulary does not have, stands in no text.
    if (said[key] === undefined && value !== undefined && idOf(value as string) === undefined && !isNeeded(key))
      continue;
    const token = add(key, value);
    if (token !== undefined) named[key] = token;
  }
  for (const [content, id] of addedIds)
    if (!added.has(content)) added.set(content, { id, ...plain(content), normalized: true });
  const more = said.additional_special_tokens ?? said.extra_special_tokens;
  if (Array.isArray(more)) for (const token of more) add("additional_special_tokens", token);
  return { added: [...added.values()].sort((a, b) => a.id - b.id), named };
}

/** Whether a text cannot be encoded without it. */
function isNeeded(key: SpecialToken): boolean {
  return key !== "mask_token" && key !== "pad_token" && key !== "unk_token";
}

const plain = (content: string): Properties => ({
  ...{ content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false },
});

/** A token by its text, or with its properties; `null` is none. */
function propertiesOf(value: unknown, otherwise: Partial<Properties>): Properties | undefined {
  if (typeof value === "string") return { ...plain(value), ...otherwise, normalized: false };
  if (typeof value !== "object" || value === null) return undefined;
  const { content, ...flags } = value as Keys;
  if (typeof content !== "string") return undefined;
  const flag = (key: string, usual: boolean): boolean => (typeof flags[key] === "boolean" ? flags[key] : usual);
  const special = flag("special", otherwise.special ?? false) || otherwise.special === true;
  return {
    content,
    single_word: flag("single_word", false),
    lstrip: flag("lstrip", false),
    rstrip: flag("rstrip", false),
    // As an AddedToken has it that is not told.
    normalized: flag("normalized", !special),
    special,
  };
}
