export function chance(share: number): boolean {
  return Math.random() < share;
}

/** A whole number from 0 to, but without, the bound. */
export function upTo(bound: number): number {
  return Math.floor(Math.random() * bound);
}

export function oneOf<T>(values: readonly T[]): T {
  return values[upTo(values.length)] as T;
}
