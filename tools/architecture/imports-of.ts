import { parseSync } from "oxc-parser";

/** Every module that a source file names: static, type-only, dynamic and re-exported. */
export function importsOf(file: string, source: string): string[] {
  const { module, program } = parseSync(file, source);
  const names = [
    ...module.staticImports.map((statement) => statement.moduleRequest.value),
    ...module.staticExports.flatMap((statement) =>
      statement.entries.flatMap((entry) => (entry.moduleRequest === null ? [] : [entry.moduleRequest.value])),
    ),
    // A module that is named by an expression is found at run time: a plugin, an engine.
    ...module.dynamicImports.flatMap(
      ({ moduleRequest: { start, end } }) => /^["'`]([^"'`$]+)["'`]$/.exec(source.slice(start, end))?.[1] ?? [],
    ),
    ...callsOf(program, ["require", "resolve"]),
  ];
  return [...new Set(names)];
}

/** First arguments of `require("x")` and of `….resolve("x")`. */
function callsOf(node: unknown, callees: readonly string[]): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => callsOf(item, callees));
  if (typeof node !== "object" || node === null) return [];
  const {
    type,
    callee,
    arguments: given,
  } = node as Record<string, unknown> & {
    callee?: { name?: string; property?: { name?: string } };
    arguments?: { type: string; value?: unknown }[];
  };
  const name = callee?.name ?? callee?.property?.name ?? "";
  const first = given?.[0];
  const isPackage = typeof first?.value === "string" && /^[@a-z]/.test(first.value);
  const own = type === "CallExpression" && callees.includes(name) && isPackage ? [String(first.value)] : [];
  return [...own, ...Object.values(node).flatMap((value) => callsOf(value, callees))];
}
