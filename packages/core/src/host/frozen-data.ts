/** Levels of lists and objects in one another. */
const deepest = 100;

/**
 * A copy of plain data, as JSON has it, that nobody can change.
 * @param at what the value is called in messages
 * @throws RangeError with words for what JSON cannot say: the end of a sentence that begins with the place
 */
export function frozenData(value: unknown, at: string, above: readonly unknown[] = []): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return value;
  if (typeof value !== "object") throw new RangeError(`"${at}" is ${typeof value === "number" ? value : typeof value}`);
  if (above.includes(value)) throw new RangeError(`"${at}" holds itself`);
  if (above.length === deepest) throw new RangeError(`"${at.slice(0, 100)}…" is more than ${deepest} levels deep`);
  const within = [...above, value];
  if (Array.isArray(value))
    return Object.freeze(Array.from(value, (each, i) => frozenData(each, `${at}.${i}`, within)));
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) throw new RangeError(`"${at}" is of a class`);
  const entries = Object.entries(value).map(([key, each]) => [key, frozenData(each, `${at}.${key}`, within)]);
  return Object.freeze(Object.fromEntries(entries) as object);
}
