/** Median of the values with their range: `12.3 ms (11.0 to 15.8)`. */
export function spread(values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const show = (value: number | undefined): string => (value ?? Number.NaN).toFixed(1);
  return `${show(sorted[sorted.length >> 1])} ${unit} (${show(sorted[0])} to ${show(sorted.at(-1))})`;
}
