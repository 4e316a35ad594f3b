import type { ErrorCode } from "@menagerie/core";
import type { Draws } from "./draws.ts";

/** Something public that is called with inputs drawn at random. */
export interface FuzzTarget {
  readonly name: string;
  /** Its part of all cases, relative to the others'. */
  readonly share: number;
  /** By how much a batch may grow the resident memory of its process: what the limits given to the entry allow, and a margin. */
  readonly memoryMb: number;
  /** The codes with which it may refuse an input; any other is a fault. */
  readonly refusals: readonly ErrorCode[];
  /** Reads what cases start from. @param pictures folder of the pictures that `writeFuzzPictures` made */
  prepare(pictures: string): Promise<FuzzCase>;
}

/** Ends without a word after a right answer, with a `ModelError` for input that is refused; any other error is a fault. */
export type FuzzCase = (draws: Draws) => Promise<void> | void;

/** Throws unless what was answered can be right. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new WrongAnswer(what);
}

class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}
