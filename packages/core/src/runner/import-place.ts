import { fileURLToPath } from "node:url";
import { isModelError } from "../contract/model-error.ts";

/**
 * Where a module fails to be imported, for a message: file and line, or the module's own file where the error does not say.
 * Node keeps the line of a syntax error in an ES module to itself; its own check shows it.
 * @param entry the file that was imported
 */
export function importPlace(thrown: unknown, entry: string): string {
  if (!(thrown instanceof Error) || isModelError(thrown)) return entry;
  // From there on the stack is that of whoever imports: Node's own such function, or the registry's.
  const [own] = (thrown.stack ?? "").split(/\n[^\n]*importModule/, 1);
  const [, url, line] =
    /(?:^|[ (])(file:\/\/\/[^\n]*?|(?:\/|[A-Z]:\\)[^\n(]*?):(\d+)(?::\d+)?\)?$/m.exec(own ?? "") ?? [];
  if (url !== undefined) return `${url.startsWith("file:") ? fileURLToPath(url) : url}:${line}`;
  return thrown instanceof SyntaxError
    ? `${entry}, or a file that it imports; \`node --check FILE\` shows the line`
    : entry;
}
