import { readFile } from "node:fs/promises";
import { Tokenizer as Encoder } from "@huggingface/tokenizers";
import { ModelError } from "@menagerie/core";

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

/** Texts to token ids as the `tokenizers` library does it, from a local `tokenizer.json`. */
export class Tokenizer {
  readonly #encoder: Encoder;
  readonly #lowerCases: boolean;

  private constructor(encoder: Encoder, lowerCases: boolean) {
    this.#encoder = encoder;
    this.#lowerCases = lowerCases;
  }

  /** @throws `checkpoint_invalid` naming the file, if it is no tokenizer */
  static async read(file: string): Promise<Tokenizer> {
    try {
      const json = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
      const normalizer = JSON.stringify(json.normalizer ?? null);
      return new Tokenizer(new Encoder(json, {}), /"type":"Lowercase"|"lowercase":true/.test(normalizer));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ModelError("checkpoint_invalid", `${file} is not a tokenizer.json that can be used: ${reason}.`, {
        details: { file },
        cause,
      });
    }
  }

  /** Number of ids, those of added tokens included. */
  get vocabularySize(): number {
    return Math.max(-1, ...this.#encoder.get_vocab(true).values()) + 1;
  }

  tokenId(token: string): number | undefined {
    return this.#encoder.token_to_id(token);
  }

  /** Ids of one text with its special tokens; cut before the closing ones where it is longer than `maxLength`. */
  encode(text: string, maxLength: number = Number.POSITIVE_INFINITY): number[] {
    const clean = this.#clean(text);
    const whole: number[] = this.#encoder.encode(clean).ids;
    if (whole.length <= maxLength) return whole;
    const bare: number[] = this.#encoder.encode(clean, { add_special_tokens: false }).ids;
    const opening = whole.findIndex((_, start) => bare.every((id, i) => whole[start + i] === id));
    const closing = whole.slice(opening + bare.length);
    return [...whole.slice(0, Math.max(0, maxLength - closing.length)), ...closing].slice(-maxLength);
  }

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

  #clean(text: string): string {
    // Half of a surrogate pair has no UTF-8 form: the reference reads it as U+FFFD.
    const wellFormed = text.toWellFormed();
    // JavaScript ends a word with ς where the reference, which lowers letter by letter, writes σ.
    return this.#lowerCases ? wellFormed.replaceAll("Σ", "σ") : wellFormed;
  }
}
