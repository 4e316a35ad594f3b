import { createPublicKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { ModelError } from "@menagerie/core";
import { dsse } from "@sigstore/core";
import { type SignedManifest, statementOf } from "./signed-manifest.ts";
import { hashOfKey, keyHint } from "./signing-key.ts";

export const payloadType = "application/vnd.in-toto+json";
const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

/**
 * A Sigstore bundle (version 0.3) that signs a model's files, as `model_signing sign key` and `sign certificate` make it.
 * @param certificates the key's own, and those that vouch for it, in PEM or DER; none for a key that is known by itself
 * @returns JSON text
 * @throws `input_invalid` for a key of another kind, or a certificate of another key
 */
export function signModel(manifest: SignedManifest, key: KeyObject, certificates: readonly Buffer[] = []): string {
  const statement = Buffer.from(statementOf(manifest));
  const [own] = certificates;
  if (own !== undefined && !new X509Certificate(own).checkPrivateKey(key))
    throw new ModelError("input_invalid", "The certificate is not that of the key which signs.");
  const signature = sign(hashOfKey(key), dsse.preAuthEncoding(payloadType, statement), key);
  return `${JSON.stringify(
    {
      mediaType,
      verificationMaterial: {
        ...(own === undefined
          ? { publicKey: { hint: keyHint(createPublicKey(key)) } }
          : {
              x509CertificateChain: {
                certificates: certificates.map((each) => ({ rawBytes: each.toString("base64") })),
              },
            }),
        tlogEntries: [],
      },
      dsseEnvelope: {
        payload: statement.toString("base64"),
        payloadType,
        signatures: [{ sig: signature.toString("base64"), keyid: "" }],
      },
    },
    undefined,
    2,
  )}\n`;
}
