import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { ModelError } from "@menagerie/core";

/** Digest that goes with a curve, by the specification of Sigstore's bundles. */
const hashOfCurve: Readonly<Record<string, string>> = {
  prime256v1: "sha256",
  secp384r1: "sha384",
  secp521r1: "sha512",
};

/**
 * A private key from PEM: an elliptic curve of P-256, P-384 or P-521.
 * @throws `input_invalid`
 */
export function privateKeyIn(pem: string, passphrase: string | undefined, where: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const remedy = pem.includes("ENCRYPTED")
      ? "It is encrypted: set its passphrase in MENAGERIE_KEY_PASSPHRASE."
      : "Make one: openssl ecparam -name prime256v1 -genkey -noout -out signing.key";
    throw new ModelError("input_invalid", `${where} is no private key that can be read. ${remedy}`, { cause });
  }
}

/** A public key from PEM. @throws `input_invalid` */
export function publicKeyIn(pem: string, where: string): KeyObject {
  // A private key has its public one in it, but has no business where signatures are checked.
  if (pem.includes("PRIVATE KEY"))
    throw new ModelError("input_invalid", `${where} is a private key. Give the public one: openssl ec -in KEY -pubout`);
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new ModelError("input_invalid", `${where} is no public key in PEM form.`, { cause });
  }
}

/** Name of the digest that is signed with a key. @throws `input_invalid` for a key of another kind */
export function hashOfKey(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const hash = curve === undefined ? undefined : hashOfCurve[curve];
  if (hash !== undefined) return hash;
  const kind = curve ?? key.asymmetricKeyType ?? "unknown";
  throw new ModelError("input_invalid", `A key of the kind ${kind} does not sign models: P-256, P-384 and P-521 do.`);
}

/** How a bundle names a key: the sha256 of its PEM text. */
export function keyHint(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "pem" }))
    .digest("hex");
}
