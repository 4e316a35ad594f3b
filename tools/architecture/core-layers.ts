import { posix } from "node:path";
import type { SourceFile, Violation } from "./rules.ts";

/** Which other folders of core's sources each may name. What is not here may name all: the host, and the list of a subpath. */
const layers: Readonly<Record<string, readonly string[]>> = {
  contract: ["tasks"],
  tasks: ["contract"],
  zoo: ["contract", "tasks", "time"],
  files: ["contract"],
  time: ["contract"],
  lock: ["contract"],
  container: ["contract"],
  adopt: ["contract", "tasks", "files"],
  forms: ["contract", "files", "loader", "time"],
  loader: ["contract", "tasks", "time", "files", "forms", "adopt"],
  runner: ["contract", "tasks", "zoo", "files", "loader", "adopt", "container"],
};

/** What anybody may import, wherever they run. */
const portable = ["contract", "tasks", "time", "zoo"];

/** What a file of core names against the order of its folders. */
export function layerViolations({ path, imports }: SourceFile): Violation[] {
  const [, folder = "", rest = ""] = /^packages\/core\/src\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const allowed = layers[folder];
  if (allowed === undefined || /\.test\.ts$/.test(rest)) return [];
  return imports.flatMap((name): Violation[] => {
    if (portable.includes(folder) && name.startsWith("node:"))
      return [`${path}: ${name} is not there in a browser, and ${folder} is for everybody`];
    const other = name.startsWith(".") ? posix.join(folder, posix.dirname(rest), name).split("/")[0] : undefined;
    if (other === undefined || other === folder || allowed.includes(other)) return [];
    return [`${path}: ${folder} names ${other}, and may name ${allowed.join(", ")} alone`];
  });
}
