import { pathToFileURL } from "node:url";
import { ModelError, toModelError } from "@menagerie/core";
import { discoverPlugins, moduleReference } from "@menagerie/core/host";
import { schemeOf, type WeightSource } from "@menagerie/pull";
import { applicationDir, type GlobalFlags } from "./application.ts";

/**
 * The sources that the application's packages bring, of the schemes that these words have. No other package's code is run.
 * @throws `plugin_invalid` for one whose default export is no source of its scheme
 */
export async function broughtSources(
  flags: GlobalFlags,
  words: readonly string[],
  from: string | undefined,
): Promise<WeightSource[]> {
  const schemes = new Set([...words, from ?? ""].map(schemeOf));
  const { plugins } = await discoverPlugins(applicationDir(flags.app));
  const meant = plugins.filter(({ manifest }) => manifest.source !== undefined && schemes.has(manifest.source.scheme));
  return Promise.all(meant.map(({ name, dir, manifest }) => sourceOf(name, dir, manifest.source?.scheme ?? "")));
}

async function sourceOf(name: string, dir: string, scheme: string): Promise<WeightSource> {
  const { entry } = await moduleReference(dir, dir);
  const { default: source } = (await import(pathToFileURL(entry).href).catch((cause: unknown) => {
    throw new ModelError(
      "plugin_invalid",
      `${name} brings a source, and cannot be imported: ${toModelError(cause).message}`,
      {
        details: { plugin: name },
        cause,
      },
    );
  })) as { default?: Partial<WeightSource> };
  if (source?.scheme === scheme && typeof source.open === "function") return source as WeightSource;
  throw new ModelError(
    "plugin_invalid",
    `The default export of ${name} is no source of ${scheme}: addresses: it must have { scheme: "${scheme}", open }.`,
    { details: { plugin: name } },
  );
}
