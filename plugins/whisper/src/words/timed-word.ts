/** A word between two moments of its window, in seconds. */
export interface TimedWord {
  word: string;
  tokens: number;
  start: number;
  end: number;
  readonly probability: number;
}
