import { readFile } from "node:fs/promises";
import type { Tokenizer as Library } from "@huggingface/tokenizers";
import { ModelError } from "@menagerie/core";
import { notJson } from "@menagerie/core/adopt";
import type { LoadContext } from "@menagerie/core/loader";
import { type BpeFiles, bpeParts, bpeTokenizer } from "./bpe-files.ts";
import { type ExactTokenizer, exactTokenizer, type TokenizerJson } from "./exact-tokenizer.ts";

/** Token ids of a batch of texts, padded to one length. */
export interface TokenBatch {
  /** int64 `[texts, length]` */
  readonly inputIds: BigInt64Array;
  /** 1 where a token is, 0 where padding is; int64 `[texts, length]` */
  readonly attentionMask: BigInt64Array;
  readonly shape: readonly [number, number];
}

export interface TokenizeOptions {
  /** Longest sequence in tokens, special ones included. */
  readonly maxLength: number;
  readonly padding: "max_length" | "longest";
  readonly padTokenId: number;
}

export interface DecodeOptions {
  /** Leaves out tokens such as the end of a text. On unless said otherwise. */
  readonly skipSpecialTokens?: boolean | undefined;
}

/** Texts to token ids as the Rust `tokenizers` library does it, from a local `tokenizer.json`. */
export class Tokenizer {
  readonly #library: Library;
  readonly #idOf: ExactTokenizer["idOf"];
  readonly #finish: ExactTokenizer["finish"];
  /** Number of ids, those of added tokens included. */
  readonly vocabularySize: number;

  private constructor(json: TokenizerJson) {
    const { library, idOf, vocabularySize, finish } = exactTokenizer(json);
    this.#library = library;
    this.#idOf = idOf;
    this.#finish = finish;
    this.vocabularySize = vocabularySize;
  }

  /** @throws `checkpoint_invalid` naming the file, if it is no tokenizer */
  static async read(file: string): Promise<Tokenizer> {
    const text = await readFile(file, "utf8").catch((cause: unknown) => cause as Error);
    return made(file, "is not a tokenizer.json that can be used", () => {
      if (text instanceof Error) throw text;
      return new Tokenizer(parsed(text) as TokenizerJson);
    });
  }

  /**
   * A byte-level BPE out of the files that such tokenizers had before there was a `tokenizer.json`.
   * @param file what errors call them
   * @throws `checkpoint_invalid` where they do not fit each other, or are of a class that is not known
   */
  static ofFiles(file: string, files: BpeFiles): Tokenizer {
    return made(file, "cannot be used as a tokenizer", () => new Tokenizer(bpeTokenizer(files) as TokenizerJson));
  }

  /**
   * The tokenizer of a model, by the name of its artifact: its `tokenizer.json`, or its vocabulary, beside which its other
   * files are artifacts of that name with an ending.
   * @throws `checkpoint_invalid` for files that are no tokenizer, `weights_*` for those that cannot be read
   */
  static async open({ spec, artifact }: Pick<LoadContext, "spec" | "artifact">, name: string): Promise<Tokenizer> {
    const has = (ending: string): boolean => spec.local_artifacts.some((each) => each.name === name + ending);
    if (!has(bpeParts.merges[0])) return Tokenizer.read(await artifact(name));
    const parts = Object.entries(bpeParts).filter(([, [ending]]) => has(ending));
    const texts = await Promise.all(
      [["vocab", name] as const, ...parts.map(([key, [ending]]) => [key, name + ending] as const)].map(
        async ([key, part]): Promise<[string, string]> => [key, await readFile(await artifact(part), "utf8")],
      ),
    );
    return made(`${spec.model_name}'s vocab.json`, unusableFiles, () => {
      const files = texts.map(([key, text]) => [key, key === "merges" ? text : JSON.parse(text)]);
      return new Tokenizer(bpeTokenizer(Object.fromEntries(files)) as TokenizerJson);
    });
  }

  tokenId(token: string): number | undefined {
    return this.#idOf(token);
  }

  /**
   * Ids of one text with its special tokens; cut before the closing ones where it is longer than `maxLength`.
   * @throws ModelError `input_invalid` for a length that is no whole number from 1; `checkpoint_invalid` where the parts of
   *   the tokenizer do not fit each other, which only a text shows
   */
  encode(text: string, maxLength: number = Number.POSITIVE_INFINITY): number[] {
    if (!(maxLength === Number.POSITIVE_INFINITY || (Number.isInteger(maxLength) && maxLength > 0)))
      throw new ModelError("input_invalid", `A text cannot be cut to ${maxLength} tokens: at least one is left.`);
    return used(() => this.#encode(text, maxLength));
  }

  /** Ids of a text alone, without the special tokens around it. @throws ModelError as `encode` */
  encodeBare(text: string): number[] {
    return used(() => this.#library.encode(text.toWellFormed(), { add_special_tokens: false }).ids);
  }

  #encode(text: string, maxLength: number): number[] {
    // Half of a surrogate pair has no UTF-8 form: the reference reads it as U+FFFD.
    const wellFormed = text.toWellFormed();
    const whole: number[] = this.#library.encode(wellFormed).ids;
    const wrong = whole.findIndex((id) => !Number.isInteger(id) || id < 0);
    if (wrong >= 0) throw new RangeError(`a token's id is ${whole[wrong]}`);
    if (whole.length <= maxLength) return whole;
    const bare: number[] = this.#library.encode(wellFormed, { add_special_tokens: false }).ids;
    const opening = whole.findIndex((_, start) => bare.every((id, i) => whole[start + i] === id));
    const closing = whole.slice(opening + bare.length);
    return [...whole.slice(0, Math.max(0, maxLength - closing.length)), ...closing].slice(-maxLength);
  }

  /** @throws ModelError as `encode` */
  tokenize(texts: readonly string[], options: TokenizeOptions): TokenBatch {
    const rows = texts.map((text) => this.encode(text, options.maxLength));
    const length = options.padding === "max_length" ? options.maxLength : Math.max(1, ...rows.map((row) => row.length));
    const inputIds = new BigInt64Array(rows.length * length).fill(BigInt(options.padTokenId));
    const attentionMask = new BigInt64Array(rows.length * length);
    for (const [row, ids] of rows.entries()) {
      for (const [i, id] of ids.entries()) {
        inputIds[row * length + i] = BigInt(id);
        attentionMask[row * length + i] = 1n;
      }
    }
    return { inputIds, attentionMask, shape: [rows.length, length] };
  }

  /** The text of ids; an id that is not in the vocabulary has none. */
  decode(ids: readonly number[], { skipSpecialTokens = true }: DecodeOptions = {}): string {
    const known = ids.filter((id) => this.#library.id_to_token(id) !== undefined);
    if (known.length === 0) return "";
    // Spaces are left as the decoder made them: tidying them up is a habit of old processors, not of the tokenizer.
    return used(() =>
      this.#finish(
        this.#library.decode(known, { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: false }),
      ),
    );
  }
}

const unusableFiles = "cannot be used as a tokenizer";

/** @throws `checkpoint_invalid` naming the file and what is wrong with it */
function made(file: string, problem: string, make: () => Tokenizer): Tokenizer {
  try {
    return make();
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
    throw new ModelError("checkpoint_invalid", `${file} ${problem}: ${reason}.`, { details: { file }, cause });
  }
}

/** What the library answers; where it stumbles, over what no check of the file found, the file is at fault. */
function used<Answer>(use: () => Answer): Answer {
  try {
    return use();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The tokenizer fails on this text: the parts of its tokenizer.json do not fit each other (${reason}).`;
    throw new ModelError("checkpoint_invalid", message, { cause });
  }
}

function parsed(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`it ${notJson(text, cause)}`, { cause });
  }
  if (typeof value === "object" && value !== null && "model" in value) return value;
  throw new SyntaxError('it has no "model", which every tokenizer.json has');
}
