import { createHash } from "node:crypto";
import { z } from "zod";
import { signatureError } from "./signature-error.ts";

/**
 * What was signed of a model: every file with its digest, in the in-toto statement of the OpenSSF model signing specification
 * (predicate `https://model_signing/signature/v1.0`).
 */
export interface SignedManifest {
  /** For people: the folder's name when it was signed. */
  readonly name: string;
  readonly files: readonly SignedFile[];
  readonly hashType: HashType;
  readonly allowSymlinks: boolean;
  /** Paths that were left out, relative to the model's folder. */
  readonly ignorePaths: readonly string[];
}

export interface SignedFile {
  /** Path relative to the model's folder, with forward slashes. */
  readonly name: string;
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

/** Digests that can be computed here, by the specification's names. */
export const hashAlgorithms = { sha256: "sha256", blake2b: "blake2b512" } as const;

export type HashType = keyof typeof hashAlgorithms;

const statementType = "https://in-toto.io/Statement/v1";
const predicateType = "https://model_signing/signature/v1.0";

const statementSchema = z.looseObject({
  _type: z.literal(statementType),
  predicateType: z.string(),
  subject: z.array(z.looseObject({ name: z.string(), digest: z.record(z.string(), z.string()) })).length(1),
  predicate: z.looseObject({
    serialization: z.looseObject({
      method: z.string(),
      hash_type: z.string(),
      allow_symlinks: z.boolean(),
      ignore_paths: z.array(z.string()).default([]),
    }),
    resources: z.array(
      z.looseObject({ name: z.string(), algorithm: z.string(), digest: z.string().regex(/^[0-9a-f]+$/) }),
    ),
  }),
});

/** The statement to be signed, as JSON text. Files stand in the order of their names. */
export function statementOf({ name, files, hashType, allowSymlinks, ignorePaths }: SignedManifest): string {
  const resources = files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => ({ name: file.name, algorithm: hashType, digest: file.digest }));
  return JSON.stringify({
    _type: statementType,
    subject: [{ name, digest: { sha256: rootDigest(resources) } }],
    predicateType,
    predicate: {
      serialization: {
        method: "files",
        hash_type: hashType,
        allow_symlinks: allowSymlinks,
        ignore_paths: ignorePaths,
      },
      resources,
    },
  });
}

/** What a signed statement says. @throws `signature_invalid` for what it is not, and for one that contradicts itself */
export function manifestIn(payload: Uint8Array): SignedManifest {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch (cause) {
    throw signatureError("what was signed is no JSON", {}, cause);
  }
  const { success, data, error } = statementSchema.safeParse(content);
  if (!success) {
    const [issue] = error.issues;
    throw signatureError(`what was signed is no statement of a model: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  if (data.predicateType !== predicateType)
    throw signatureError(
      `it signs a statement of the kind ${data.predicateType}, and ${predicateType} is that of models`,
    );
  const { serialization, resources } = data.predicate;
  const { method, hash_type: hashType } = serialization;
  if (method !== "files")
    throw signatureError(`the model was signed by ${method}, and whole files alone are read here: sign it by files`);
  if (!(hashType === "sha256" || hashType === "blake2b"))
    throw signatureError(`its digests are ${hashType}, and sha256 and blake2b are computed here`);
  const [subject] = data.subject;
  if (subject?.digest.sha256 !== rootDigest(resources))
    throw signatureError("its digest of the whole is not that of its files");
  const names = new Set<string>();
  for (const { name, algorithm } of resources) {
    if (algorithm !== hashType)
      throw signatureError(`the digest of ${name} is ${algorithm}, and ${hashType} is said of all`);
    if (names.has(name)) throw signatureError(`it has two digests of ${name}`);
    names.add(name);
  }
  return {
    name: subject.name,
    files: resources.map(({ name, digest }) => ({ name, digest })),
    hashType,
    allowSymlinks: serialization.allow_symlinks,
    ignorePaths: serialization.ignore_paths,
  };
}

/** sha256 over the digests of all files, one after the other. */
function rootDigest(resources: readonly { readonly digest: string }[]): string {
  const hash = createHash("sha256");
  for (const { digest } of resources) hash.update(Buffer.from(digest, "hex"));
  return hash.digest("hex");
}
