/**
 * The largest difference between two answers' numbers: absolute up to 1, relative beyond. Items that carry labels are held
 * against those of the same label, since equal scores may change places. What a small difference turns over at once is not
 * compared: texts that a model writes, maps of pixels, masks.
 * @returns Infinity where one has a number, a label or an item that the other one lacks
 */
export function differenceInNumbers(usual: unknown, found: unknown): number {
  if (found instanceof Error) throw found;
  if (typeof usual === "number" && typeof found === "number")
    return Math.abs(usual - found) / Math.max(1, Math.abs(usual));
  if (isMap(usual) && isMap(found)) return 0;
  if (Array.isArray(usual) && Array.isArray(found)) {
    if (usual.length !== found.length) return Number.POSITIVE_INFINITY;
    const order = isLabelled(usual) ? (items: unknown[]): unknown[] => byLabel(items) : (items: unknown[]) => items;
    const [ordered, others] = [order(usual), order(found)];
    return Math.max(0, ...ordered.map((item, i) => differenceInNumbers(item, others[i])));
  }
  if (isRecord(usual) && isRecord(found))
    return Math.max(
      0,
      ...Object.entries(usual)
        .filter(([key]) => !turnedOver.has(key))
        .map(([key, value]) => {
          const [own, other] = key === "objects" ? [bestOf(value), bestOf(found[key])] : [value, found[key]];
          return differenceInNumbers(own, other);
        }),
    );
  return Object.is(usual, found) ? 0 : Number.POSITIVE_INFINITY;
}

/** Whether a box is found near a threshold, and which of two that overlap, hangs on the last digit: the best one stays. */
function bestOf(items: unknown): unknown {
  return Array.isArray(items) ? items.slice(0, 1) : items;
}

const turnedOver = new Set(["text", "segments", "language", "mask", "area", "coverage"]);

function isMap(value: unknown): boolean {
  return ArrayBuffer.isView(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLabelled(items: readonly unknown[]): boolean {
  const labels = items.map((item) => (isRecord(item) ? item.label : undefined));
  return labels.every((label) => typeof label === "string") && new Set(labels).size === labels.length;
}

function byLabel(items: readonly unknown[]): unknown[] {
  return [...items].sort((a, b) =>
    String((a as { label: string }).label) < String((b as { label: string }).label) ? -1 : 1,
  );
}
