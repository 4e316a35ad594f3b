import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import {
  assertSame,
  assertSignedFiles,
  certificatesIn,
  compareFolder,
  folderFiles,
  privateKeyIn,
  signModel,
  verifySignature,
} from "@menagerie/bundle";
import { ModelError, systemError } from "@menagerie/core";
import type { Command } from "commander";
import type { GlobalFlags } from "./application.ts";
import { paint, print, printJson } from "./output.ts";
import { addTrustOptions, type TrustFlags, trustOf } from "./trust-flags.ts";
import { writeOutput } from "./write-output.ts";

interface SignFlags extends GlobalFlags {
  readonly key: string;
  readonly certificate?: string;
  readonly certificateChain?: string;
  readonly signature?: string;
  readonly ignore?: readonly string[];
  readonly allowSymlinks?: boolean;
}

interface CheckFlags extends GlobalFlags, TrustFlags {
  readonly signature?: string;
  readonly ignore?: readonly string[];
  readonly ignoreUnsigned?: boolean;
}

/** What git keeps in a folder, which is no part of a model. */
const gitPaths = [".git", ".gitattributes", ".github", ".gitignore"];

export function addSignCommands(program: Command): void {
  program
    .command("sign")
    .summary("sign the files of a model")
    .description(
      "Signs every file in a folder with a key, or with a certificate: a Sigstore bundle as the OpenSSF model signing tools make and read it. Reaches no network.",
    )
    .argument("<folder>", "folder of the model's files")
    .requiredOption(
      "--key <file>",
      "private key (PEM): P-256, P-384 or P-521; its passphrase in MENAGERIE_KEY_PASSPHRASE",
    )
    .option("--certificate <file>", "certificate of that key (PEM), in the place of the key by itself")
    .option("--certificate-chain <file>", "certificates between it and its root (PEM)")
    .option("--signature <file>", "the signature to write (default: model.sig in the folder)")
    .option("--ignore <path...>", "files and folders to leave out")
    .option("--allow-symlinks", "follow links, which are refused otherwise")
    .addHelpText(
      "after",
      "\nExamples:\n  openssl ecparam -name prime256v1 -genkey -noout -out signing.key\n  zoo sign /srv/models/clip-vit-base-patch32 --key signing.key",
    )
    .action(async (folder: string, _flags: unknown, self: Command) => sign(folder, self.optsWithGlobals()));
  addTrustOptions(
    program
      .command("verify-signature")
      .summary("check who signed the files of a model")
      .description(
        "Checks that a trusted key, certificate or identity signed the files in a folder, and that they are the same still. Reaches no network.",
      )
      .argument("<folder>", "folder of the model's files")
      .option("--signature <file>", "the signature (default: model.sig in the folder)")
      .option("--ignore <path...>", "files and folders to leave out")
      .option("--ignore-unsigned", "let files be that were not signed"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  zoo verify-signature /srv/models/clip-vit-base-patch32 --key signing.pub\n  zoo verify-signature ./model --certificate-chain root.pem --json",
    )
    .action(async (folder: string, _flags: unknown, self: Command) => check(folder, self.optsWithGlobals()));
}

async function sign(given: string, flags: SignFlags): Promise<void> {
  const folder = await requireFolder(given);
  const out = resolve(flags.signature ?? join(folder, "model.sig"));
  const key = privateKeyIn(await read(flags.key), process.env.MENAGERIE_KEY_PASSPHRASE, flags.key);
  const certificates = [];
  for (const file of [flags.certificate, flags.certificateChain])
    if (file !== undefined) certificates.push(...certificatesIn(await read(file), file));
  if (flags.certificate === undefined && certificates.length > 0)
    throw new ModelError("input_invalid", "--certificate-chain needs --certificate, that of the key, beside it.");
  const ignorePaths = [...gitPaths, ...(flags.ignore ?? []), ...within(folder, out)];
  const options = { hashType: "sha256", allowSymlinks: flags.allowSymlinks === true, ignorePaths } as const;
  const files = await folderFiles(folder, options);
  if (files.length === 0) throw new ModelError("input_invalid", `${folder} has no files to sign.`);
  await writeOutput("The signature", out, signModel({ ...options, name: basename(folder), files }, key, certificates));
  if (flags.json) printJson({ folder, signature: out, files });
  else
    print(`${paint("green", "signed")} ${files.length} ${files.length === 1 ? "file" : "files"} of ${folder}: ${out}`);
}

async function check(given: string, flags: CheckFlags): Promise<void> {
  const folder = await requireFolder(given);
  const signature = resolve(flags.signature ?? join(folder, "model.sig"));
  const manifest = verifySignature(await read(signature), await trustOf(flags));
  const names = manifest.files.map(({ name }) => name);
  if (flags.ignoreUnsigned === true) await assertSignedFiles(folder, names, manifest);
  else {
    const ignorePaths = [...gitPaths, ...(flags.ignore ?? []), ...within(folder, signature)];
    assertSame(folder, await compareFolder(folder, manifest, { ignorePaths }));
  }
  if (flags.json) printJson({ ok: true, folder, signature, files: manifest.files });
  else
    print(
      `${paint("green", "ok")} ${names.length} ${names.length === 1 ? "file" : "files"} of ${folder} are those that were signed.`,
    );
}

async function requireFolder(given: string): Promise<string> {
  const folder = resolve(given);
  const info = await stat(folder).catch((error: unknown) => {
    throw systemError(`${folder} cannot be read`, error, { code: "input_invalid" });
  });
  if (!info.isDirectory())
    throw new ModelError("input_invalid", `${folder} is no folder. Name the one that has the model's files.`);
  return folder;
}

/** The signature's own path where it lies in the folder: it signs all but itself. */
function within(folder: string, file: string): readonly string[] {
  const path = relative(folder, file);
  return path.startsWith("..") || dirname(path) === path ? [] : [path.split(sep).join("/")];
}

async function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw systemError(`${file} cannot be read`, error, { code: "input_invalid" });
  });
}
