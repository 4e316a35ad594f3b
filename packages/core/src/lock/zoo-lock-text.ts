import type { ZooLock } from "./zoo-lock.ts";

/** The keys that people look for first, in their order; the others follow in that of their names. */
const firstKeys = [
  ...["menagerie_lock", "models", "plugins", "memory"],
  ...["model", "plugin", "name", "origin", "repository", "revision", "licence", "path", "version"],
  ...["weights_digest", "precision", "device", "sha256", "digest", "size_bytes", "artifacts"],
];

/**
 * The text of a lock: the same for the same lock, however it came to be, and a line for each figure. What a newer version
 * has written besides stays.
 */
export function zooLockText(lock: ZooLock): string {
  const ordered = {
    ...lock,
    models: sortedBy(lock.models, ({ model }) => [model]).map((locked) => ({
      ...locked,
      artifacts: sortedBy(locked.artifacts, ({ name }) => [name]),
    })),
    plugins: sortedBy(lock.plugins, ({ plugin }) => [plugin]),
    memory: sortedBy(lock.memory, ({ model, device, precision }) => [model, device, precision]),
  };
  return `${JSON.stringify(inOrder(ordered), undefined, 2)}\n`;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const place = (key: string): number => (firstKeys.includes(key) ? firstKeys.indexOf(key) : firstKeys.length);
  const entries = Object.entries(value).sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item)]));
}

function sortedBy<T>(items: readonly T[], keyOf: (item: T) => readonly string[]): readonly T[] {
  const text = (item: T): string => keyOf(item).join("\0");
  return items.toSorted((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}
