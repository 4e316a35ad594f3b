import { ModelError } from "@menagerie/core";

/** The numbers of a checkpoint's `preprocessor_config.json`, read one by one. */
export interface PreprocessorConfig {
  /** @throws ModelError `checkpoint_invalid` if the key is missing and has no fallback, or is no number in the range. */
  number(key: string, range: NumberRange): number;
  /** @throws ModelError `checkpoint_invalid` if the key is missing and has no fallback, or is none of the words. */
  word<Word extends string>(key: string, words: readonly Word[], fallback?: Word): Word;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
  /** What the official class takes where the file does not say. */
  readonly fallback?: number;
}

/** @throws ModelError `checkpoint_invalid` if the parsed file is no object. */
export function preprocessorConfig(json: unknown): PreprocessorConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw invalid(`it has to be an object, not ${describe(json)}`);
  const values = json as Record<string, unknown>;
  return {
    number(key, { min, max, isWhole = false, fallback }) {
      const value = values[key] ?? fallback;
      const isInRange = typeof value === "number" && value >= min && value <= max;
      if (isInRange && (!isWhole || Number.isInteger(value))) return value;
      throw invalid(
        `${key} has to be a ${isWhole ? "whole " : ""}number from ${min} to ${max}, not ${describe(value)}`,
      );
    },
    word(key, words, fallback) {
      const value = values[key] ?? fallback;
      const word = words.find((candidate) => candidate === value);
      if (word !== undefined) return word;
      throw invalid(`${key} has to be ${words.join(" or ")}, not ${describe(value)}`);
    },
  };
}

function describe(value: unknown): string {
  return value === undefined ? "missing" : (JSON.stringify(value) ?? typeof value).slice(0, 80);
}

function invalid(what: string): ModelError {
  return new ModelError(
    "checkpoint_invalid",
    `preprocessor_config.json cannot be used: ${what}. Take the file that the checkpoint was published with.`,
  );
}
