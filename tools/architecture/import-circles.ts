import { posix } from "node:path";
import type { SourceFile } from "./rules.ts";

/** Files that name each other in a circle, for a type alone or not: each such group once, in the order of their paths. */
export function importCircles(files: readonly Pick<SourceFile, "path" | "imports">[]): string[][] {
  const known = new Set(files.map(({ path }) => path));
  const named = new Map(
    files.map(({ path, imports }) => [
      path,
      imports
        .filter((name) => name.startsWith("."))
        .map((name) => posix.join(posix.dirname(path), name))
        .filter((target) => known.has(target)),
    ]),
  );
  return circlesOf(named);
}

/** Tarjan's strongly connected components of more than one node. */
function circlesOf(named: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    const own = order.size;
    order.set(node, own);
    open.push(node);
    let low = own;
    for (const next of named.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, order.get(next) as number);
    }
    if (low === own) {
      const group = open.splice(open.indexOf(node));
      if (group.length > 1) circles.push(group.sort());
    }
    return low;
  };
  for (const node of named.keys()) if (!order.has(node)) visit(node);
  return circles;
}
