/** A word and the ids that it is written with. */
export interface SpelledWord {
  readonly word: string;
  readonly ids: readonly number[];
}

/** Languages that are written without spaces. */
const spaceless = new Set(["zh", "ja", "th", "lo", "my", "yue"]);

/** Python's `string.punctuation`. */
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/**
 * Ids as words, openai/whisper's `split_to_word_tokens`: a word begins with a space, a punctuation mark is one of its own,
 * and in languages without spaces whatever ids make whole characters is one.
 * @param decode ids as text, special tokens included
 */
export function splitWords(
  ids: readonly number[],
  language: string | undefined,
  endOfText: number,
  decode: (ids: readonly number[]) => string,
): SpelledWord[] {
  const parts = wholeCharacters(ids, decode);
  if (language !== undefined && spaceless.has(language)) return parts;
  const words: { word: string; ids: number[] }[] = [];
  for (const part of parts) {
    const isSpecial = (part.ids[0] as number) >= endOfText;
    const begins = isSpecial || part.word.startsWith(" ") || punctuation.includes(part.word.trim());
    const last = words.at(-1);
    if (begins || last === undefined) words.push({ word: part.word, ids: [...part.ids] });
    else {
      last.word += part.word;
      last.ids.push(...part.ids);
    }
  }
  return words;
}

/** Ids taken together until they are whole characters, or until what they are not is in the text as well. */
function wholeCharacters(ids: readonly number[], decode: (ids: readonly number[]) => string): SpelledWord[] {
  const text = decode(ids);
  const parts: SpelledWord[] = [];
  let pending: number[] = [];
  let offset = 0;
  for (const id of ids) {
    pending.push(id);
    const word = decode(pending);
    const broken = word.indexOf("\ufffd");
    if (broken >= 0 && text[offset + broken] !== "\ufffd") continue;
    parts.push({ word, ids: pending });
    offset += word.length;
    pending = [];
  }
  return parts;
}
