import type { Size } from "../../geometry/size.ts";

/** What the header of a PBM, PGM, PPM (P1 to P6) or PAM (P7) says. */
export interface PnmHeader extends Size {
  /** Samples of a pixel: one or three, and one more for alpha in a PAM. */
  readonly channels: number;
  /** The largest sample, 1 to 65,535; a bitmap's is 1. */
  readonly maximum: number;
  /** How samples are written: as words, as bits from the left, 1 for black, or as bytes (two above 255, the high one first). */
  readonly coding: "text" | "text bits" | "bits" | "bytes";
  /** Where the samples begin, in bytes from the start of the file. */
  readonly start: number;
}

/**
 * Reads a header as Pillow's PpmImagePlugin reads it; a PAM, which Pillow does not know, as netpbm describes it.
 *
 * @throws Error saying what is not right
 */
export function readPnmHeader(bytes: Uint8Array): PnmHeader {
  const digit = bytes[1] ?? 0;
  const header = digit === 0x37 ? pamHeader(bytes) : plainHeader(bytes, digit - 0x30);
  const { width, height, maximum } = header;
  if (width === 0 || height === 0) throw new Error(`a size of ${width} x ${height} has no pixels`);
  if (maximum < 1 || maximum > 65_535)
    throw new Error(`its largest sample is ${maximum}; it has to lie from 1 to 65535`);
  return header;
}

export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

const codings = ["text bits", "text", "text", "bits", "bytes", "bytes"] as const;

/** @param kind the digit behind the P, 1 to 6 */
function plainHeader(bytes: Uint8Array, kind: number): PnmHeader {
  const coding = codings[kind - 1];
  if (coding === undefined) throw new Error(`there is no kind P${kind}`);
  const words = new HeaderWords(bytes, 3);
  const [width, height] = [words.number(), words.number()];
  const maximum = coding.endsWith("bits") ? 1 : words.number();
  return { width, height, channels: kind % 3 === 0 ? 3 : 1, maximum, coding, start: words.at };
}

const longestWord = 10;

class HeaderWords {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  number(): number {
    const word = this.#next();
    if (!/^[0-9]{1,10}$/.test(word)) throw new Error(`its header has ${JSON.stringify(word)} in place of a number`);
    return Number(word);
  }

  /** The next word and the one blank behind it; a comment ends with its line, and does not end a word. */
  #next(): string {
    let word = "";
    while (word.length <= longestWord && this.at < this.#bytes.length) {
      const byte = this.#bytes[this.at++] as number;
      if (byte === 0x23) this.#passComment();
      else if (!isBlank(byte)) word += String.fromCharCode(byte);
      else if (word !== "") break;
    }
    return word;
  }

  #passComment(): void {
    while (this.at < this.#bytes.length) {
      const byte = this.#bytes[this.at++];
      if (byte === 0x0a || byte === 0x0d) return;
    }
  }
}

/** A header is a few dozen bytes; comments have room beside them. */
const longestPamHeader = 64 * 1024;
const pamKinds = ["", "BLACKANDWHITE", "GRAYSCALE", "RGB", "BLACKANDWHITE_ALPHA", "GRAYSCALE_ALPHA", "RGB_ALPHA"];

function pamHeader(bytes: Uint8Array): PnmHeader {
  const text = Buffer.from(bytes.subarray(0, longestPamHeader)).toString("latin1");
  const end = /^ENDHDR[ \t\r]*\n/m.exec(text);
  if (end === null) throw new Error("its header has no ENDHDR");
  const said = new Map<string, string>();
  for (const line of text.slice(3, end.index).split("\n")) {
    const words = line.trim();
    const key = /^[A-Z]+(?=\s)/.exec(words)?.[0];
    if (key !== undefined) said.set(key, words.slice(key.length).trimStart());
  }
  const number = (key: string): number => {
    const value = said.get(key) ?? "";
    if (!/^[0-9]{1,10}$/.test(value)) throw new Error(`its header has ${JSON.stringify(value)} as ${key}`);
    return Number(value);
  };
  const kind = said.get("TUPLTYPE") ?? "";
  const channels = number("DEPTH");
  if (!pamKinds.includes(kind) || channels < 1 || channels > 4)
    throw new Error(`${channels} samples a pixel of kind ${JSON.stringify(kind)} are not supported`);
  const [width, height, maximum] = [number("WIDTH"), number("HEIGHT"), number("MAXVAL")];
  return { width, height, channels, maximum, coding: "bytes", start: end.index + end[0].length };
}
