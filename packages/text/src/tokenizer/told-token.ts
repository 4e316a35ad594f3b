export type Keys = Readonly<Record<string, unknown>>;

type Flag = "single_word" | "lstrip" | "rstrip" | "normalized" | "special";

/** A token as a file tells it, with what transformers' `AddedToken(**value)` makes of the properties that are not told. */
export class ToldToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Where it is not told, the opposite of `special`, whatever that becomes. */
  readonly normalized: boolean | undefined;
  readonly special: boolean;

  constructor(content: string, told: Readonly<Partial<Record<Flag, boolean | undefined>>>) {
    this.content = content;
    this.single_word = told.single_word ?? false;
    this.lstrip = told.lstrip ?? false;
    this.rstrip = told.rstrip ?? false;
    this.normalized = told.normalized;
    this.special = told.special ?? false;
  }

  /** @throws SyntaxError for an object without a text, or with a property that is neither true nor false */
  static of(where: string, value: Keys): ToldToken {
    const { content } = value;
    if (typeof content !== "string" || content === "")
      throw new SyntaxError(`${where} is ${shown(value)}; the token's text was expected as its content`);
    const flag = (key: Flag): boolean | undefined => {
      const told = value[key];
      if (told === undefined || typeof told === "boolean") return told;
      throw new SyntaxError(`${where}: ${key} is ${shown(told)}; true or false was expected`);
    };
    const flags = (["single_word", "lstrip", "rstrip", "normalized", "special"] as const).map((key) => [
      key,
      flag(key),
    ]);
    return new ToldToken(content, Object.fromEntries(flags));
  }
}

/** A token by its text, or with its properties. */
export type Token = string | ToldToken;

/** Of a token; of anything else `undefined`. */
export function contentOf(value: unknown): string | undefined {
  if (value instanceof ToldToken) return value.content;
  return typeof value === "string" ? value : undefined;
}

/** Whether a list has the token with the same properties. */
export function isAmong(tokens: readonly unknown[], token: unknown): boolean {
  const [same, all] = [JSON.stringify(token), tokens.map((each) => JSON.stringify(each))];
  return all.includes(same);
}

/** An object of JSON. */
export function isKeys(value: unknown): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ToldToken);
}

/** A value as a sentence can hold it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
