import { whiteSpace } from "./white-space.ts";

/** The parts of the library's decoders that are set right here. */
interface Decoder {
  readonly decoders?: readonly Decoder[];
  readonly byte_decoder?: Readonly<Record<string, number>>;
  decode_chain(tokens: readonly string[]): string[];
}

/** The `decoder` section of a `tokenizer.json`. */
export interface DecoderConfig {
  readonly type?: string;
  readonly decoders?: readonly DecoderConfig[];
  readonly replacement?: string;
  readonly prepend_scheme?: string;
  readonly add_prefix_space?: boolean;
}

/** Makes the library's decoder read added tokens as the reference does, like any other. */
export function correctDecoder(decoder: Decoder, config: DecoderConfig): void {
  for (const [i, inner] of (decoder.decoders ?? []).entries()) correctDecoder(inner, config.decoders?.[i] ?? {});
  const { byte_decoder: bytes } = decoder;
  if (config.type === "ByteLevel" && bytes !== undefined)
    // A token that has a character of no byte is its own UTF-8.
    decoder.decode_chain = (tokens) => [
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(tokens.map((token) => bytesOf(token, bytes)))),
    ];
  if (config.type === "Metaspace") {
    const { replacement = "▁", prepend_scheme: scheme, add_prefix_space: isSpaced = true } = config;
    const atStart = (scheme ?? (isSpaced ? "always" : "never")) === "never" ? " " : "";
    decoder.decode_chain = (tokens) => tokens.map((token, i) => token.replaceAll(replacement, i === 0 ? atStart : " "));
  }
}

function bytesOf(token: string, bytes: Readonly<Record<string, number>>): Uint8Array {
  const own = Array.from(token, (character) => bytes[character]);
  return own.includes(undefined) ? Buffer.from(token) : Uint8Array.from(own as number[]);
}

/** A text without what ends a word in its tokens, as a CLIP's is read: without white space around it. */
export function withoutWordEnds(text: string, wordEnd: string): string {
  return text.replaceAll(wordEnd, " ").replace(around, "");
}

// Python's strip also takes the separators of files, groups, records and units.
const stripped = `[${whiteSpace}\\x1c-\\x1f]`;
const around = new RegExp(`^${stripped}+|(?<!${stripped})${stripped}+$`, "g");
