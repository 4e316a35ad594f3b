import { InvalidArgumentError } from "commander";

export interface NumberRange {
  readonly least?: number;
  readonly most?: number;
  /** Fractions are refused. */
  readonly isWhole?: boolean;
}

/**
 * Reads the number of a flag or of its variable. Commander puts the flag and the value before what is said here, and the
 * command ends with 2.
 * @throws InvalidArgumentError saying which numbers are taken
 */
export function parseNumber(text: string, { least, most, isWhole = false }: NumberRange = {}): number {
  const written = isWhole ? /^[+-]?\d+$/ : /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
  const value = written.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value) && value >= (least ?? value) && value <= (most ?? value)) return value;
  const range = [least === undefined ? "" : ` from ${least}`, most === undefined ? "" : ` to ${most}`].join("");
  throw new InvalidArgumentError(`It must be a ${isWhole ? "whole number" : "number"}${range}.`);
}

/** The parser of a flag with that range. */
export function numberFlag(range: NumberRange): (text: string) => number {
  return (text) => parseNumber(text, range);
}

/** Milliseconds of a deadline; above that a number cannot tell one millisecond from the next. */
export const deadlineRange: NumberRange = { least: 0.001, most: 2 ** 53 };
