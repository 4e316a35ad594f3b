import { fileURLToPath } from "node:url";
import { ModelError } from "../contract/model-error.ts";
import { packageAround } from "./installed-package.ts";

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
      "their packages. Keep @menagerie/* external: esbuild --external:@menagerie/*, or externals: [/^@menagerie\\//] of webpack.",
    { details: { ...(file === undefined ? {} : { file }) } },
  );
}
