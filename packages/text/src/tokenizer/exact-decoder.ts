import { whiteSpace } from "./white-space.ts";

/** The parts of the library's decoders that are set right here. */
interface Decoder {
  readonly config: { readonly type?: string };
  readonly decoders?: readonly Decoder[];
  readonly byte_decoder?: Readonly<Record<string, number>>;
  decode_chain(tokens: readonly string[]): string[];
}

/**
 * Makes the library's decoder read tokens as bytes where the reference does: all of them together, and one that has a
 * character of no byte as its own UTF-8. The library takes added tokens for text, and `Ġ` stays in them.
 */
export function correctDecoder(decoder: Decoder): void {
  for (const inner of decoder.decoders ?? []) correctDecoder(inner);
  const { byte_decoder: bytes } = decoder;
  if (decoder.config.type !== "ByteLevel" || bytes === undefined) return;
  decoder.decode_chain = (tokens) => [
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(tokens.map((token) => bytesOf(token, bytes)))),
  ];
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
