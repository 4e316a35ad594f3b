/**
 * SentencePiece's table of characters, as `tokenizer.json` carries it: a double-array trie (Darts) over UTF-8 whose values
 * are offsets into a list of replacements that end with a zero byte.
 */
export class PrecompiledCharsmap {
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;

  /** @param base64 uint32 size of the trie in bytes, the trie, the replacements; little-endian */
  constructor(base64: string) {
    const bytes = Buffer.from(base64, "base64");
    const size = bytes.readUInt32LE(0);
    this.#units = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
    this.#replacements = bytes.subarray(4 + size);
  }

  /**
   * Replaces each grapheme of under 6 bytes that begins with an entry by that entry's replacement, whole; the rest
   * character by character. So does the `spm_precompiled` library, dropping what follows the entry in the grapheme.
   */
  normalise(text: string): string {
    let normalised = "";
    for (const grapheme of graphemes(text)) {
      const whole = Buffer.byteLength(grapheme) < 6 ? this.#replacement(grapheme) : undefined;
      if (whole !== undefined) normalised += whole;
      else for (const character of grapheme) normalised += this.#replacement(character) ?? character;
    }
    return normalised;
  }

  /** What the shortest entry that the text begins with is replaced by. */
  #replacement(text: string): string | undefined {
    const start = this.#shortestEntry(Buffer.from(text));
    if (start === undefined) return undefined;
    const end = this.#replacements.indexOf(0, start);
    return decoder.decode(this.#replacements.subarray(start, end === -1 ? undefined : end));
  }

  #shortestEntry(key: Uint8Array): number | undefined {
    const units = this.#units;
    let node = childrenOf(units[0] ?? 0);
    for (const byte of key) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = units[node] ?? 0;
      if ((unit & 0x8000_00ff) !== byte) return undefined;
      node ^= childrenOf(unit);
      if ((unit >>> 8) & 1) return (units[node] ?? 0) & 0x7fff_ffff;
    }
    return undefined;
  }
}

const decoder = new TextDecoder();
const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

function* graphemes(text: string): Iterable<string> {
  // Every ASCII character stands alone, but for a line end of two.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins at NUL, a control character; CR is left out, as CR LF is one grapheme
  if (/^[\0-\x0c\x0e-\x7f]*$/.test(text)) yield* text;
  else for (const { segment } of segmenter.segment(text)) yield segment;
}

/** A unit's offset to its children, in the encoding of darts-clone. */
function childrenOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
