import type { TimedWord } from "./timed-word.ts";

const before = "\"'“¿([{-";
const after = "\"'.。,，!！?？:：”)]}、";

/**
 * Joins punctuation with the word that it belongs to, in place: openai/whisper's `merge_punctuations`. What was joined to
 * another is left as an empty word.
 */
export function mergePunctuation(words: readonly TimedWord[]): void {
  let next = words.length - 1;
  for (let i = next - 1; i >= 0; i--) {
    const mark = words[i] as TimedWord;
    if (mark.word.startsWith(" ") && before.includes(mark.word.trim())) join(mark, words[next] as TimedWord, "before");
    else next = i;
  }
  let last = 0;
  for (let i = 1; i < words.length; i++) {
    const [word, mark] = [words[last] as TimedWord, words[i] as TimedWord];
    if (!word.word.endsWith(" ") && after.includes(mark.word)) join(mark, word, "after");
    else last = i;
  }
}

function join(mark: TimedWord, word: TimedWord, side: "before" | "after"): void {
  word.word = side === "before" ? mark.word + word.word : word.word + mark.word;
  word.tokens += mark.tokens;
  mark.word = "";
  mark.tokens = 0;
}
