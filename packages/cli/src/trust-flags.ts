import { certificatesIn, publicKeyIn, type Trust } from "@menagerie/bundle";
import { ModelError } from "@menagerie/core";
import type { Command } from "commander";
import { readNamed } from "./signed-folder.ts";

/** Whom a signature is believed, as flags. */
export interface TrustFlags {
  readonly key?: string;
  readonly certificateChain?: string;
  readonly identity?: string;
  readonly issuer?: string;
  readonly trustedRoot?: string;
}

export function addTrustOptions(command: Command): Command {
  return command
    .option("--key <file>", "public key (PEM) of whoever signed")
    .option("--certificate-chain <file>", "root certificates that are trusted, and others beside them (PEM)")
    .option("--identity <name>", "person or workflow who signed through Sigstore, as the certificate names them")
    .option("--issuer <url>", "who knows that identity, such as https://accounts.google.com")
    .option("--trusted-root <file>", "Sigstore's trusted_root.json, read in place of asking the network");
}

/** @throws `input_invalid` unless exactly one way is named, whole */
export async function trustOf(flags: TrustFlags): Promise<Trust> {
  const { key, certificateChain, identity, issuer, trustedRoot } = flags;
  const ways = [key, certificateChain, identity].filter((way) => way !== undefined).length;
  if (ways !== 1)
    throw new ModelError(
      "input_invalid",
      "Say whom the signature is believed by one of --key, --certificate-chain, or --identity with --issuer and --trusted-root.",
    );
  if (key !== undefined) return { by: "key", key: publicKeyIn(await readNamed(key), key) };
  if (certificateChain !== undefined)
    return { by: "certificates", certificates: certificatesIn(await readNamed(certificateChain), certificateChain) };
  if (identity === undefined || issuer === undefined || trustedRoot === undefined)
    throw new ModelError(
      "input_invalid",
      "--identity needs --issuer and --trusted-root beside it: nothing is fetched to check a signature.",
    );
  return { by: "identity", identity, issuer, trustedRoot: json(await readNamed(trustedRoot), trustedRoot) };
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError("input_invalid", `${file} is no JSON.`, { cause });
  }
}
