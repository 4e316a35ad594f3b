import type { ModelVocabulary } from "./added-vocabulary.ts";

/** How many ids a vocabulary may leave free. Tables as long as its largest id are made of it. */
const gaps = 2 ** 20;

/**
 * The vocabulary of a `vocab.json` or of a `tokenizer.json`'s model: ids by token, or a list of pieces.
 * @throws SyntaxError with the first token whose id is no whole number, or further from the others than any tokenizer's
 */
export function modelVocabulary(file: string, vocab: unknown): ModelVocabulary & { readonly largest: number } {
  if (Array.isArray(vocab)) return listed(vocab);
  const ids = idsOf(file, vocab);
  let largest = -1;
  for (const id of ids.values()) if (id > largest) largest = id;
  return { size: ids.size, get: (token) => ids.get(token), largest };
}

/** @throws SyntaxError as `modelVocabulary` @param others number of tokens beside these */
export function idsOf(file: string, value: unknown, others = 0): ReadonlyMap<string, number> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SyntaxError(`${file} is no object with keys, {…}`);
  const ids = new Map<string, unknown>(Object.entries(value));
  for (const [token, id] of ids) checkId(file, token, id, ids.size + others);
  return ids as Map<string, number>;
}

/** @throws SyntaxError as `modelVocabulary` @param size number of tokens in all */
export function checkId(file: string, token: string, id: unknown, size: number): asserts id is number {
  const said = `${file}: ${JSON.stringify(token.slice(0, 40))} has the id ${JSON.stringify(id)?.slice(0, 40)}`;
  if (!Number.isSafeInteger(id) || (id as number) < 0)
    throw new SyntaxError(`${said}; a whole number from 0 was expected`);
  if ((id as number) >= size + gaps)
    throw new SyntaxError(`${said}, but there are ${size} tokens: ids up to ${size + gaps - 1} are read`);
}

function listed(vocab: readonly unknown[]): ModelVocabulary & { readonly largest: number } {
  const ids = new Map<unknown, number>();
  for (const [id, piece] of vocab.entries()) ids.set(Array.isArray(piece) ? piece[0] : piece, id);
  return { size: vocab.length, get: (token) => ids.get(token), largest: vocab.length - 1 };
}
