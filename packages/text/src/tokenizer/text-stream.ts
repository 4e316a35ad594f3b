import type { Tokenizer } from "./tokenizer.ts";

/**
 * Ids to text as they come. A character whose bytes lie in several tokens is held back until it is whole; what has been
 * given is never taken back, and all of it together is the text of all ids.
 */
export class TextStream {
  readonly #tokenizer: Tokenizer;
  readonly #ids: number[] = [];
  /** From where ids are decoded: far enough back that a token's text no longer depends on what is before. */
  #context = 0;
  /** Up to where text has been given. */
  #given = 0;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** The text that the id adds, which may be none for now. */
  push(id: number): string {
    this.#ids.push(id);
    return this.#fresh((text) => !text.endsWith("\ufffd"));
  }

  /** What was held back. */
  end(): string {
    return this.#fresh(() => true);
  }

  #fresh(isWhole: (text: string) => boolean): string {
    const known = this.#tokenizer.decode(this.#ids.slice(this.#context, this.#given));
    const text = this.#tokenizer.decode(this.#ids.slice(this.#context));
    if (text.length <= known.length || !text.startsWith(known) || !isWhole(text)) return "";
    this.#context = this.#given;
    this.#given = this.#ids.length;
    return text.slice(known.length);
  }
}
