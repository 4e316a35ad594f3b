import { tokensOf } from "./mentions.ts";

/**
 * Whether an answer to a question says yes or no: by its first word, or a plain sentence of being ("It is not.").
 * `undefined` for what is neither: "eyes" has no yes in it, nor "looks like a door" one.
 */
export function saysYes(answer: string): boolean | undefined {
  const [first = "", ...rest] = tokensOf(answer);
  if (/^(yes|yeah|yep|true|correct)$/.test(first)) return true;
  if (/^(no|nope|false|none|not)$/.test(first)) return false;
  const isSentence =
    /^(it|he|she|they|there|this|that)$/.test(first) &&
    /^(is|are|does|do|has|was|were|isn't|aren't|doesn't|don't)$/.test(rest[0] ?? "");
  if (!isSentence || rest.filter((token) => /\w/.test(token)).length > 2) return undefined;
  return !(rest[0]?.endsWith("n't") === true || rest.includes("not"));
}
