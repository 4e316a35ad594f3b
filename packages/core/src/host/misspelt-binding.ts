import { ModelError } from "../contract/model-error.ts";
import { nearest } from "../contract/schema-issue.ts";
import type { Catalogue } from "./catalogue.ts";

/**
 * A new alias may have any name but that of a role or alias with a slip in it: the one that was meant would stay where it is.
 * `judge-2` beside `judge-1`, or `judge-new` beside `judge`, are names of their own.
 * @throws `input_invalid` with the role or alias that is nearest
 */
export function refuseMisspelt(name: string, { entries, bindings }: Catalogue): void {
  const known = [...entries.map(({ spec }) => spec.role), ...Object.keys(bindings.toJSON())];
  if (known.includes(name)) return;
  const near = nearest(name, known);
  if (near === undefined || isVariation(wordsOf(name), wordsOf(near))) return;
  throw new ModelError(
    "input_invalid",
    `No model has the role "${name}", and there is no such alias. Did you mean "${near}"? Choose a name for a new alias that is less like it.`,
    { details: { name, known } },
  );
}

function wordsOf(name: string): string[] {
  return name.match(/[a-z]+|\d+/g) ?? [];
}

/** True of names that differ in a word that was added, or in a number or a letter or two that tell one from the other. */
function isVariation(words: readonly string[], others: readonly string[]): boolean {
  if (words.length !== others.length) return words.join("") !== others.join("");
  const different = words.flatMap((word, i) => (word === others[i] ? [] : [word, others[i] ?? ""]));
  return different.length > 0 && different.every((word) => word.length <= 2 || /^\d+$/.test(word));
}
