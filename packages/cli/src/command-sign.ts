import { basename, join, resolve } from "node:path";
import { certificatesIn, folderFiles, privateKeyIn, signModel } from "@menagerie/bundle";
import { ModelError } from "@menagerie/core";
import type { Command } from "commander";
import type { GlobalFlags } from "./application.ts";
import { paint, print, printJson } from "./output.ts";
import { gitPaths, pathsIn, readNamed, requireFolder } from "./signed-folder.ts";
import { writeOutput } from "./write-output.ts";

interface SignFlags extends GlobalFlags {
  readonly key: string;
  readonly certificate?: string;
  readonly certificateChain?: string;
  readonly signature?: string;
  readonly ignore?: readonly string[];
  readonly allowSymlinks?: boolean;
}

export function addSignCommand(program: Command): void {
  program
    .command("sign")
    .summary("sign the files of a model")
    .description(
      "Signs every file in a folder with a key or a certificate: a Sigstore bundle, as the OpenSSF model signing tools make and read it. Reaches no network.",
    )
    .argument("<folder>", "folder of the model's files")
    .requiredOption(
      "--key <file>",
      "private key (PEM): P-256, P-384 or P-521; its passphrase in MENAGERIE_KEY_PASSPHRASE",
    )
    .option("--certificate <file>", "certificate of that key (PEM), for whoever trusts its root")
    .option("--certificate-chain <file>", "certificates between it and its root (PEM)")
    .option("--signature <file>", "the signature to write (default: model.sig in the folder)")
    .option("--ignore <path...>", "files and folders to leave out")
    .option("--allow-symlinks", "follow links, which are refused otherwise")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  openssl ecparam -name prime256v1 -genkey -noout -out signing.key",
        "  openssl ec -in signing.key -pubout -out signing.pub",
        "  zoo sign /srv/models/clip-vit-base-patch32 --key signing.key",
      ].join("\n"),
    )
    .action(async (folder: string, _flags: unknown, self: Command) => sign(folder, self.optsWithGlobals()));
}

async function sign(given: string, flags: SignFlags): Promise<void> {
  const folder = await requireFolder(given);
  const signature = resolve(flags.signature ?? join(folder, "model.sig"));
  const key = privateKeyIn(await readNamed(flags.key), process.env.MENAGERIE_KEY_PASSPHRASE, flags.key);
  const certificates: Buffer[] = [];
  for (const file of [flags.certificate, flags.certificateChain])
    if (file !== undefined) certificates.push(...certificatesIn(await readNamed(file), file));
  if (flags.certificate === undefined && certificates.length > 0)
    throw new ModelError("input_invalid", "--certificate-chain needs --certificate, that of the key, beside it.");
  // A key or signature in the folder is no part of the model.
  const ignorePaths = [...gitPaths, ...(flags.ignore ?? []), ...pathsIn(folder, [signature, resolve(flags.key)])];
  const options = { hashType: "sha256", allowSymlinks: flags.allowSymlinks === true, ignorePaths } as const;
  const files = await folderFiles(folder, options);
  if (files.length === 0) throw new ModelError("input_invalid", `${folder} has no files to sign.`);
  await writeOutput(
    "The signature",
    signature,
    signModel({ ...options, name: basename(folder), files }, key, certificates),
  );
  if (flags.json) printJson({ folder, signature, files });
  else
    print(
      `${paint("green", "signed")} ${files.length} ${files.length === 1 ? "file" : "files"} of ${folder}: ${signature}`,
    );
}
