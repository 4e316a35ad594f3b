import { fileURLToPath } from "node:url";
import { ModelError } from "../contract/model-error.ts";
import { packageAround } from "./installed-package.ts";
import type { ZooSpec } from "./zoo-spec.ts";

const [leastMajor, leastMinor] = [22, 18];

declare const __webpack_require__: unknown;

/**
 * A host needs the Node that runners are started with, and its own package around it.
 * @param url of a module of this package; a bundler to CommonJS leaves none
 * @throws `dependency_missing` with what to change
 */
export async function requirePlace(
  url: string | undefined = import.meta.url,
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): Promise<void> {
  const { node = "", electron } = versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new ModelError(
      "dependency_missing",
      `Menagerie needs Node ${leastMajor}.${leastMinor} or newer, and this is Node ${node}` +
        `${electron === undefined ? "" : ` of Electron ${electron}`}. Install a newer one: https://nodejs.org`,
      { details: { node, needed: `>=${leastMajor}.${leastMinor}` } },
    );
  // Webpack leaves the address that the module had where it was built.
  const isPacked = typeof __webpack_require__ === "function";
  const file = url?.startsWith("file:") === true && !isPacked ? fileURLToPath(url) : undefined;
  if (file !== undefined && (await packageAround(file, "@menagerie/core")) !== undefined) return;
  throw new ModelError(
    "dependency_missing",
    `@menagerie/core was bundled${file === undefined ? "" : ` into ${file}`}, but runners import it, engines and plugins from ` +
      "their packages. Keep @menagerie/* external: esbuild --external:@menagerie/*, or for webpack " +
      'externalsType: "module" and externals: [/^@menagerie\\//].',
    { details: { ...(file === undefined ? {} : { file }) } },
  );
}

/**
 * Holds that runners can be processes here: under Electron `process.execPath` is the application, which each of them would start again.
 * @throws `dependency_missing` with what to do instead
 */
export function requireOwnNode(
  runner: ZooSpec["runner"],
  { electron }: Readonly<Record<string, string | undefined>> = process.versions,
): void {
  if (electron === undefined || runner === "inline") return;
  throw new ModelError(
    "dependency_missing",
    `This is Electron ${electron}, whose program is the application, so a runner would start the application once more. Run the zoo ` +
      "in a Node process of its own (zoo serve) and ask it over HTTP, or, for tiny models, say runner: inline in the zoo spec.",
    { details: { electron } },
  );
}
