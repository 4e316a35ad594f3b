/** What a process says of its cases. */
export interface BatchReport {
  /** How many cases ended so: `answer`, a code, or `fault`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: readonly Fault[];
  /** By how much resident memory grew at its most. */
  readonly growthMb: number;
  /** The case after which it was largest; -1 where none made it larger. */
  readonly fullest: number;
  readonly slowest: number;
  readonly slowestMs: number;
}

/** A case that ended neither in a right answer nor in a refusal. */
export interface Fault {
  readonly number: number;
  readonly what: string;
}
