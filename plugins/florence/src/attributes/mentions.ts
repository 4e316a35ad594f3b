/** What is looked for: each name with the ways of saying it, the name itself (`_` standing for a space) being one. */
export type Vocabulary<Name extends string> = Readonly<Record<Name, readonly string[]>>;

/** One of a vocabulary's names as it stands in a text. */
export interface Mention<Name extends string> {
  readonly name: Name;
  /** Of its first token, and one behind its last. */
  readonly start: number;
  readonly end: number;
  /** The text says that it is not so: "no hat", "isn't red", "without a bag". */
  readonly isDenied: boolean;
}

/** Words in small letters and the marks between them. A hyphen parts words, and `'s` is not of its word. */
export function tokensOf(text: string): string[] {
  const words = text.toLowerCase().replaceAll("’", "'").replaceAll("'s", "");
  return words.match(/[\p{L}\p{M}\p{N}]+(?:'\p{L}+)?|[.,;:!?()\n]/gu) ?? [];
}

/**
 * What of a vocabulary a text mentions, in its order, by whole words, singular or plural. Of ways that overlap the longest
 * counts: a "pickup truck" is no truck besides.
 * @param others sayings that mean something else: "fog lights" are no fog
 */
export function mentionsOf<Name extends string>(
  tokens: readonly string[],
  vocabulary: Vocabulary<Name>,
  others: readonly string[] = [],
): Mention<Name>[] {
  const denied = deniedTokens(tokens);
  const ways = waysOf(vocabulary, others);
  const mentions: Mention<Name>[] = [];
  for (let start = 0; start < tokens.length; start++) {
    const found = ways.find(({ words }) =>
      words.every((word, i) => isSame(tokens[start + i], word, i === words.length - 1)),
    );
    if (found === undefined) continue;
    const end = start + found.words.length;
    if (found.name !== undefined) mentions.push({ name: found.name, start, end, isDenied: denied[start] === true });
    start = end - 1;
  }
  return mentions;
}

/** The names that a text affirms, each once, in its order. */
export function affirmed<Name extends string>(
  text: string,
  vocabulary: Vocabulary<Name>,
  others?: readonly string[],
): Name[] {
  const names = mentionsOf(tokensOf(text), vocabulary, others).filter(({ isDenied }) => !isDenied);
  return [...new Set(names.map(({ name }) => name))];
}

/** Whether a text affirms any of a vocabulary's names; `undefined` where it mentions none. */
export function isAffirmed(
  text: string,
  vocabulary: Vocabulary<string>,
  others?: readonly string[],
): boolean | undefined {
  const mentions = mentionsOf(tokensOf(text), vocabulary, others);
  return mentions.length === 0 ? undefined : mentions.some(({ isDenied }) => !isDenied);
}

function waysOf<Name extends string>(
  vocabulary: Vocabulary<Name>,
  others: readonly string[],
): { name: Name | undefined; words: string[] }[] {
  const names = Object.keys(vocabulary) as Name[];
  const named = names.flatMap((name) =>
    [name.replaceAll("_", " "), ...vocabulary[name]].map((way) => ({ name, words: tokensOf(way) })),
  );
  const unnamed = others.map((way) => ({ name: undefined, words: tokensOf(way) }));
  return [...named, ...unnamed].sort((a, b) => b.words.length - a.words.length);
}

function isSame(token: string | undefined, word: string, isLast: boolean): boolean {
  if (token === word) return true;
  return isLast && token !== undefined && (token === `${word}s` || token === `${word}es`);
}

const denials = new Set([
  "no",
  "not",
  "without",
  "never",
  "neither",
  "nor",
  "none",
  "nobody",
  "cannot",
  "lacks",
  "lacking",
]);
const turns = new Set([
  "but",
  "however",
  "although",
  "though",
  "while",
  "except",
  "instead",
  "than",
  "yet",
  "only",
  "just",
]);
const places = new Set([
  "near",
  "beside",
  "behind",
  "next",
  "around",
  "under",
  "above",
  "against",
  "along",
  "across",
  "by",
]);
const openings = new Set([
  ...["a", "an", "the", "one", "two", "there", "it", "he", "she", "they", "his", "her", "their", "its", "this", "that"],
  ...["is", "are", "was", "were", "has", "have", "with"],
]);

/**
 * Which tokens a "no" or "not" is about: what follows it, until the sentence ends, turns ("but"), says where ("near"), or
 * goes on with something of its own ("no hat, and a red jacket"). "No cars, people or dogs" denies all three.
 */
function deniedTokens(tokens: readonly string[]): boolean[] {
  let denial: string | undefined;
  return tokens.map((token, i) => {
    const next = tokens[i + 1] ?? "";
    if (denials.has(token) || token.endsWith("n't")) denial = token;
    else if (/^[.;:!?()\n]$/.test(token) || turns.has(token) || places.has(token)) denial = undefined;
    else if ((token === "," || token === "and") && (openings.has(next) || /..ing$/.test(next))) denial = undefined;
    // "A boy without a coat is running", but "no boys are running".
    else if (denial === "without" && /^(is|are|was|were)$/.test(token)) denial = undefined;
    return denial !== undefined;
  });
}
