import { dirname, join, resolve } from "node:path";
import { assertSame, assertSignedFiles, compareFolder, type SignedManifest, verifySignature } from "@menagerie/bundle";
import { ModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { paint, print, printJson } from "./output.ts";
import { gitPaths, pathsIn, readNamed, requireFolder } from "./signed-folder.ts";
import { type TrustFlags, trustOf } from "./trust-flags.ts";

export interface SignatureFlags extends TrustFlags {
  readonly signature?: string;
  readonly ignore?: readonly string[];
  readonly json?: boolean;
}

/**
 * Checks that somebody who is trusted signed the files. Of a folder all must be those that were signed; of a model those that it needs, as
 * where only some of a repository was fetched.
 * @throws `signature_invalid`
 */
export async function verifySigned(zoo: LocalZoo, named: readonly string[], flags: SignatureFlags): Promise<void> {
  const signature = resolve(flags.signature ?? "");
  const manifest = verifySignature(await readNamed(signature), await trustOf(flags));
  const [first, ...others] = named;
  if (first === undefined || others.length > 0)
    throw new ModelError(
      "input_invalid",
      "A signature is that of one model: name the model, or the folder of its files.",
    );
  const files = isKnown(zoo, first)
    ? await ofModel(zoo, first, signature, manifest)
    : await ofFolder(first, signature, manifest, flags);
  if (flags.json) printJson({ ok: true, signature, files });
  else
    print(
      `${paint("green", "ok")} ${files.length} ${files.length === 1 ? "file" : "files"} of ${first} are those that were signed.`,
    );
}

function isKnown(zoo: LocalZoo, name: string): boolean {
  return zoo.models.some(({ model_name, role }) => model_name === name || role === name);
}

/** Its signature lies where the repository's files do, or in a folder above them all. */
async function ofModel(
  zoo: LocalZoo,
  name: string,
  signature: string,
  manifest: SignedManifest,
): Promise<readonly string[]> {
  const spec = zoo.find(name);
  const root = zoo.artifactsRoot(spec.model_name);
  const paths = spec.local_artifacts.map(({ path }) => join(root, path));
  const folder = dirname(signature);
  const names = pathsIn(folder, paths);
  if (names.length < paths.length)
    throw new ModelError(
      "input_invalid",
      `${signature} lies in another folder than the files of ${spec.model_name} (${root}). Put it beside them, as in their repository.`,
      { model: spec.model_name },
    );
  await assertSignedFiles(folder, names, manifest);
  return names;
}

async function ofFolder(
  given: string,
  signature: string,
  manifest: SignedManifest,
  { ignore = [] }: SignatureFlags,
): Promise<readonly string[]> {
  const folder = await requireFolder(given);
  const ignorePaths = [...gitPaths, ...ignore, ...pathsIn(folder, [signature])];
  assertSame(folder, await compareFolder(folder, manifest, { ignorePaths }));
  return manifest.files.map(({ name }) => name);
}
