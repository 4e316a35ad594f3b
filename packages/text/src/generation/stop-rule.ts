import type { GenerationConfig } from "./generation-config.ts";
import type { StoppedBy } from "./token-search.ts";

/** Why a sequence (ids, the prompt included) ends with its last token, or undefined if it goes on. */
export type StopRule = (sequence: readonly number[]) => StoppedBy | undefined;

/**
 * @param maxLength longest sequence, the prompt included
 * @param textOf ids as text; asked only where stop strings are given
 */
export function stopRule(
  config: GenerationConfig,
  maxLength: number,
  textOf: ((ids: readonly number[]) => string) | undefined,
): StopRule {
  const ends = new Set(config.eos_token_id);
  const strings = config.stop_strings;
  // A token has at least a byte, so a string that the last token completes begins within so many tokens of it.
  const reach = Math.max(0, ...strings.map((text) => Buffer.byteLength(text))) + 1;
  return (sequence) => {
    if (ends.has(sequence.at(-1) as number)) return "end_of_text";
    if (strings.length > 0 && textOf !== undefined) {
      const tail = textOf(sequence.slice(-reach));
      const before = textOf(sequence.slice(-reach, -1));
      if (strings.some((text) => tail.includes(text) && !before.includes(text))) return "stop_string";
    }
    return sequence.length >= maxLength ? "length" : undefined;
  };
}
