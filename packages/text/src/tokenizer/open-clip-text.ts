import { decodeHTML } from "entities";

/** How the tokenizers of open_clip clean a text before they look at it: `clean` in a model's `text_cfg`. */
export type OpenClipCleaning = "whitespace" | "lower" | "canonicalize";

/**
 * A text as open_clip hands it to its tokenizer: repaired as the `ftfy` library repairs it, entities of HTML read, and then
 * white space joined, lower case, or (SigLIP's) also `_` to a space and ASCII punctuation out. Not done is ftfy's guess at
 * texts that were read in the wrong encoding ("schÃ¶n"): they stay as they are.
 */
export function cleanAsOpenClip(text: string, cleaning: OpenClipCleaning): string {
  const basic = trim(decodeHTML(decodeHTML(repaired(text))));
  switch (cleaning) {
    case "whitespace":
      return joined(basic);
    case "lower":
      return joined(basic).toLowerCase();
    case "canonicalize":
      return joined(basic.replaceAll("_", " ").replaceAll(punctuation, "").toLowerCase());
  }
}

/** ftfy's steps, line by line and until nothing changes. From a line with a `<` on, entities are left as they are. */
function repaired(text: string): string {
  let readsEntities = true;
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? [])
    .map((line) => {
      readsEntities &&= !line.includes("<");
      let before: string;
      let after = line;
      do {
        before = after;
        after = repairedOnce(before, readsEntities);
      } while (after !== before);
      return after;
    })
    .join("");
}

function repairedOnce(text: string, readsEntities: boolean): string {
  return (readsEntities ? text.replaceAll(/&#?[0-9A-Za-z]{1,24};/g, readEntity) : text)
    .replaceAll(/[\x80-\x9f]/g, (control) => windows.decode(Uint8Array.of(control.charCodeAt(0))))
    .replaceAll(ligature, (sign) => ligatures[sign] ?? sign)
    .replaceAll(/[\u3000\uff01-\uffef]/g, (sign) => (sign === "\u3000" ? " " : sign.normalize("NFKC")))
    .replaceAll(/[\u201c-\u201f]/g, '"')
    .replaceAll(/[\u02bc\u2018-\u201b]/g, "'")
    .replaceAll(/\r\n|[\r\u2028\u2029\u0085]/g, "\n")
    .toWellFormed()
    .replaceAll(terminalEscape, "")
    .replaceAll(control, "")
    .normalize("NFC");
}

/** Also in capitals (`&NTILDE;`), which HTML does not know. */
function readEntity(entity: string): string {
  const read = decodeHTML(entity);
  if (read !== entity || !/^&[A-Z0-9]+;$/.test(entity)) return read;
  const lower = decodeHTML(entity.toLowerCase());
  return lower.length === 1 ? lower.toUpperCase() : entity;
}

/** Latin ligatures in one sign: the typographic ones, and the digraphs of Dutch, Afrikaans, Serbian and Croatian. */
const ligatures: Readonly<Record<string, string>> = {
  ...{ Ĳ: "IJ", ĳ: "ij", ŉ: "ʼn", Ǳ: "DZ", ǲ: "Dz", ǳ: "dz", Ǆ: "DŽ", ǅ: "Dž", ǆ: "dž" },
  ...{ Ǉ: "LJ", ǈ: "Lj", ǉ: "lj", Ǌ: "NJ", ǋ: "Nj", ǌ: "nj" },
  ...{ ﬀ: "ff", ﬁ: "fi", ﬂ: "fl", ﬃ: "ffi", ﬄ: "ffl", ﬅ: "ſt", ﬆ: "st" },
};
const ligature = new RegExp(`[${Object.keys(ligatures).join("")}]`, "gu");
const windows = new TextDecoder("windows-1252");
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal escape begins with the control character ESC
const terminalEscape = /\x1b\[(?:\d|;)*[a-zA-Z]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ftfy removes exactly these control characters; \p{Cc} would remove tabs and line ends too
const control = /[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;
const punctuation = /[!-/:-@[-`{-~]/g;

/** Python's `str.split()` takes four more signs for white space than Unicode does. */
const pythonSpace = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const spaces = new RegExp(`[${pythonSpace}]+`, "gu");
const ends = new RegExp(`^[${pythonSpace}]+|(?<![${pythonSpace}])[${pythonSpace}]+$`, "gu");

function joined(text: string): string {
  return trim(text.replaceAll(spaces, " "));
}

function trim(text: string): string {
  return text.replaceAll(ends, "");
}
