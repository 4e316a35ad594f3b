import { strokeGlyphs } from "./stroke-glyphs.ts";

/** Units of the glyphs: capitals are 14 high on a baseline at 14, small letters 10, descenders end at 18. */
const capitalHeight = 14;
const gap = 3.4;
const strokeWidth = 1.75;
/** Characters of a label that are ever looked at. */
const longestLine = 300;

/** Width in pixels of one line of text whose capitals are `size` pixels high. */
export function textWidth(text: string, size: number): number {
  const units = drawable(text).reduce((sum, { width }) => sum + width + gap, -gap);
  return (Math.max(units, 0) * size) / capitalHeight;
}

/**
 * One line of text as SVG, its capitals `size` pixels high with their top at `y`. The letters are lines of our own, so
 * that they look alike on a machine without any font. Latin letters with their accents, digits and punctuation have a
 * shape; any other character becomes an empty box.
 */
export function textSvg(text: string, x: number, y: number, size: number, colour: string): string {
  const scale = size / capitalHeight;
  let paths = "";
  let at = 0;
  for (const { path, width, accents } of drawable(text)) {
    if (path !== "") paths += `<path transform="translate(${rounded(at)})" d="${path}"/>`;
    for (const accent of accents)
      paths += `<path transform="translate(${rounded(at + width / 2)} ${accent.rise})" d="${accent.path}"/>`;
    at += width + gap;
  }
  return (
    `<g transform="translate(${rounded(x)} ${rounded(y)}) scale(${rounded(scale)})" fill="none" stroke="${colour}" ` +
    `stroke-width="${strokeWidth}" stroke-linecap="round" stroke-linejoin="round">${paths}</g>`
  );
}

/** Breaks a text into lines no wider than `width` pixels, at spaces where there are some, else inside a word. */
export function wrapText(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split(/\r?\n/)) {
    let line = "";
    for (const word of paragraph.split(/\s+/).flatMap((whole) => piecesOf(whole, width, size))) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && textWidth(longer, size) > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}

/** The beginning of a text that fits into `width` pixels, with an ellipsis where something is missing. */
export function shortenText(text: string, width: number, size: number): string {
  if (text.length <= longestLine && textWidth(text, size) <= width) return text;
  const characters = [...text.slice(0, longestLine)];
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, size) > width) characters.pop();
  return `${characters.join("")}…`;
}

function piecesOf(word: string, width: number, size: number): string[] {
  if (textWidth(word, size) <= width) return [word];
  const pieces: string[] = [];
  let piece = "";
  for (const character of word) {
    if (piece !== "" && textWidth(piece + character, size) > width) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece];
}

interface DrawableGlyph {
  readonly path: string;
  readonly width: number;
  readonly accents: readonly { readonly path: string; readonly rise: number }[];
}

const accentPaths: Readonly<Record<string, string>> = {
  "\u0300": "M-1.8 -1L.6 1.4",
  "\u0301": "M1.8 -1L-.6 1.4",
  "\u0302": "M-2.6 1.4L0 -1L2.6 1.4",
  "\u0303": "M-3 1C-1.6 -1.6 1.4 2.4 3 -.4",
  "\u0304": "M-2.6 .4H2.6",
  "\u0306": "M-2.6 -1C-1.6 1.8 1.6 1.8 2.6 -1",
  "\u0307": "M0 .3V.5",
  "\u0308": "M-2 .3V.5M2 .3V.5",
  "\u030a": "M-1.5 .2A1.5 1.5 0 1 1 1.5 .2A1.5 1.5 0 1 1 -1.5 .2",
  "\u030b": "M-.6 -1L-2.2 1.4M2.6 -1L1 1.4",
  "\u030c": "M-2.6 -1L0 1.4L2.6 -1",
  "\u0327": "M.4 14C2 15.6 1.4 18 -1.4 17.4",
  "\u0328": "M2 14C.4 15.6 .8 17.8 3 17.4",
};

const replacements: Readonly<Record<string, string>> = {
  "\u2018": "'",
  "\u2019": "'",
  "\u201c": '"',
  "\u201d": '"',
  "\u2013": "-",
  "\u2212": "-",
  "\u00a0": " ",
  "\t": " ",
};

const unknown: DrawableGlyph = { path: "M0 1H8V14H0Z", width: 8, accents: [] };

function drawable(text: string): DrawableGlyph[] {
  const glyphs: DrawableGlyph[] = [];
  for (const character of text.normalize("NFD")) {
    const accent = accentPaths[character];
    const last = glyphs.at(-1);
    if (accent !== undefined && last !== undefined) {
      const isSmall = /^\p{Ll}/u.test(baseOf.get(last) ?? "");
      const isBelow = character === "\u0327" || character === "\u0328";
      const next = { ...last, accents: [...last.accents, { path: accent, rise: isBelow || isSmall ? 0 : -4 }] };
      baseOf.set(next, baseOf.get(last) ?? "");
      glyphs[glyphs.length - 1] = next;
      continue;
    }
    const known = strokeGlyphs[replacements[character] ?? character];
    const glyph = known === undefined ? { ...unknown } : { path: known[1], width: known[0], accents: [] };
    baseOf.set(glyph, character);
    glyphs.push(glyph);
  }
  return glyphs;
}

const baseOf = new WeakMap<DrawableGlyph, string>();

function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
