/** What a package's `exports` may hold under a subpath: a path, conditions, a list of either, or null for "nothing". */
type Target = string | null | undefined;

/**
 * The path that `exports` give for a subpath, as Node reads them: conditions in the order in which they stand, and a condition
 * under which nothing fits is passed over. Small libraries for it take the first condition that matches, whatever is under it.
 * @param subpath "." for the package itself, "./loaders"
 * @returns relative to the package's folder; undefined where nothing is exported
 * @throws Error for a path that leads out of the package, for exports of both subpaths and conditions
 */
export function exportsTarget(exports: unknown, subpath: string, conditions: ReadonlySet<string>): string | undefined {
  const subpaths = bySubpath(exports);
  if (Object.hasOwn(subpaths, subpath) && !subpath.includes("*"))
    return targetOf(subpaths[subpath], "", conditions) ?? undefined;
  const fitting = Object.keys(subpaths).flatMap((key) => {
    const [start = "", end, ...more] = key.split("*");
    const fits = end !== undefined && more.length === 0 && subpath.startsWith(start) && subpath !== start;
    if (!fits || !subpath.endsWith(end) || subpath.length < key.length) return [];
    return [{ key, start, matched: subpath.slice(start.length, subpath.length - end.length) }];
  });
  const [closest] = fitting.sort((a, b) => b.start.length - a.start.length || b.key.length - a.key.length);
  return closest && (targetOf(subpaths[closest.key], closest.matched, conditions) ?? undefined);
}

function bySubpath(exports: unknown): Readonly<Record<string, unknown>> {
  if (typeof exports !== "object" || exports === null || Array.isArray(exports)) return { ".": exports };
  const keys = Object.keys(exports);
  const subpaths = keys.filter((key) => key.startsWith("."));
  if (subpaths.length === 0) return { ".": exports };
  if (subpaths.length === keys.length) return { ...exports };
  throw new Error(`its "exports" mix subpaths (${subpaths[0]}) and conditions`);
}

/** @param matched what the `*` of a pattern stands for */
function targetOf(target: unknown, matched: string, conditions: ReadonlySet<string>): Target {
  if (target === null) return null;
  if (typeof target === "string") return inside(target).replaceAll("*", () => matched);
  if (Array.isArray(target)) return firstOf(target, matched, conditions);
  if (typeof target !== "object") throw new Error(`its "exports" hold ${JSON.stringify(target)} where a path belongs`);
  for (const [condition, under] of Object.entries(target as object)) {
    if (condition !== "default" && !conditions.has(condition)) continue;
    const found = targetOf(under, matched, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first of a list that Node understands; whether its file is there does not count. */
function firstOf(targets: readonly unknown[], matched: string, conditions: ReadonlySet<string>): Target {
  let refused: unknown;
  for (const target of targets) {
    try {
      const found = targetOf(target, matched, conditions);
      if (found !== undefined && found !== null) return found;
      refused = undefined;
    } catch (error) {
      refused = error;
    }
  }
  if (refused !== undefined) throw refused;
  return null;
}

function inside(path: string): string {
  const steps = path.split(/[/\\]/);
  if (steps[0] === "." && !steps.slice(1).some((step) => [".", "..", "node_modules"].includes(step))) return path;
  throw new Error(`its "exports" give "${path}", which is no path in the package: it must begin with "./"`);
}
