import { type KeyObject, verify } from "node:crypto";
import { ModelError } from "@menagerie/core";
import { bundleFromJSON, type SerializedBundle } from "@sigstore/bundle";
import { dsse } from "@sigstore/core";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { z } from "zod";
import { keyOfTrusted } from "./certificate-chain.ts";
import { payloadType } from "./sign-model.ts";
import { signatureError } from "./signature-error.ts";
import { manifestIn, type SignedManifest } from "./signed-manifest.ts";
import { hashOfKey, keyHint } from "./signing-key.ts";

/** Whom a signature is believed. */
export type Trust =
  | { readonly by: "key"; readonly key: KeyObject }
  /** Roots, and certificates between them and the signing one (DER). */
  | { readonly by: "certificates"; readonly certificates: readonly Buffer[] }
  /** A person or workflow whom an issuer knows, by a transparency log that a trusted root vouches for. */
  | { readonly by: "identity"; readonly identity: string; readonly issuer: string; readonly trustedRoot: unknown };

const bundleSchema = z.looseObject({
  mediaType: z.string(),
  verificationMaterial: z.looseObject({
    publicKey: z.looseObject({ hint: z.string().nullish() }).optional(),
    x509CertificateChain: z
      .looseObject({ certificates: z.array(z.looseObject({ rawBytes: z.base64() })).max(100) })
      .optional(),
    certificate: z.looseObject({ rawBytes: z.base64() }).optional(),
  }),
  dsseEnvelope: z.looseObject({
    payload: z.base64(),
    payloadType: z.string(),
    signatures: z.array(z.looseObject({ sig: z.base64() })).length(1),
  }),
});

type SignatureBundle = z.infer<typeof bundleSchema>;

/**
 * What a signature says of a model's files, if somebody who is trusted signed it. Reaches no network.
 * @param text a Sigstore bundle over an in-toto statement: `model.sig` of the OpenSSF model signing tools from 1.0 on
 * @throws `signature_invalid`
 */
export function verifySignature(text: string, trust: Trust): SignedManifest {
  const bundle = bundleIn(text);
  if (bundle.dsseEnvelope.payloadType !== payloadType)
    throw signatureError(`it signs ${bundle.dsseEnvelope.payloadType}, and ${payloadType} is that of models`);
  if (trust.by === "identity") assertIdentity(bundle, trust);
  else
    assertSignedBy(
      bundle,
      trust.by === "key" ? keyNamedBy(bundle, trust.key) : keyVouchedFor(bundle, trust.certificates),
    );
  return manifestIn(Buffer.from(bundle.dsseEnvelope.payload, "base64"));
}

/** Who made a signature, for people; nothing of it is verified. */
export function signerSaidBy(text: string): "key" | "certificates" | "identity" {
  const { verificationMaterial: material } = bundleIn(text);
  return material.publicKey !== undefined ? "key" : material.certificate !== undefined ? "identity" : "certificates";
}

function bundleIn(text: string): SignatureBundle {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw signatureError("the file is no JSON, as Sigstore's bundles are", {}, cause);
  }
  const { success, data, error } = bundleSchema.safeParse(content);
  if (success) return data;
  const [issue] = error.issues;
  throw signatureError(
    `the file is no Sigstore bundle of a signed statement: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}

function keyNamedBy({ verificationMaterial: { publicKey } }: SignatureBundle, key: KeyObject): KeyObject {
  if (publicKey === undefined)
    throw signatureError("it was made with a certificate: give --certificate-chain, or --identity");
  const hint = keyHint(key);
  if (publicKey.hint && publicKey.hint !== hint)
    throw signatureError("another key made it", { expected: hint, actual: publicKey.hint });
  return key;
}

function keyVouchedFor({ verificationMaterial }: SignatureBundle, trusted: readonly Buffer[]): KeyObject {
  const chain = verificationMaterial.x509CertificateChain?.certificates;
  if (chain === undefined) throw signatureError("it has no chain of certificates: give --key, or --identity");
  return keyOfTrusted(
    chain.map(({ rawBytes }) => Buffer.from(rawBytes, "base64")),
    trusted,
  );
}

function assertSignedBy({ dsseEnvelope: { payload, signatures } }: SignatureBundle, key: KeyObject): void {
  const signed = dsse.preAuthEncoding(payloadType, Buffer.from(payload, "base64"));
  const signature = Buffer.from(signatures[0]?.sig ?? "", "base64");
  if (!verify(hashOfKey(key), signed, key, signature))
    throw signatureError("the key that is trusted did not sign this");
}

function assertIdentity(
  bundle: SignatureBundle,
  { identity, issuer, trustedRoot }: Trust & { readonly by: "identity" },
): void {
  const root = rootIn(trustedRoot);
  try {
    const entity = toSignedEntity(bundleFromJSON(bundle as unknown as SerializedBundle));
    // A policy of the library takes the name for a pattern.
    const signer = new Verifier(toTrustMaterial(root)).verify(entity).identity;
    const [name, by] = [signer?.subjectAlternativeName, signer?.extensions?.issuer];
    if (name !== identity || by !== issuer) throw new Error(`${name ?? "nobody"} of ${by ?? "no issuer"} made it`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
    throw signatureError(`${why}; expected ${identity} of ${issuer}`, { identity, issuer }, cause);
  }
}

/** @param given Sigstore's `trusted_root.json`, or a client's trust configuration that has one in it */
function rootIn(given: unknown): TrustedRoot {
  const root = typeof given === "object" && given !== null && "trustedRoot" in given ? given.trustedRoot : given;
  const isRoot = typeof root === "object" && root !== null && "certificateAuthorities" in root;
  if (!isRoot) throw new ModelError("input_invalid", "The trusted root is none: it has no certificate authorities.");
  return TrustedRoot.fromJSON(root);
}
