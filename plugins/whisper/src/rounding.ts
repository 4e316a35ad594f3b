/** The nearest whole number, of two the even one: Python's `round`. */
export function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** The nearest hundredth: Python's `round(value, 2)`. Only odd eighths lie right between two. */
export function hundredths(value: number): number {
  const isTie = Math.abs((value * 8) % 2) === 1;
  return isTie ? roundHalfEven(value * 100) / 100 : Number(value.toFixed(2));
}
