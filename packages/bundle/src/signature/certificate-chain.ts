import { type KeyObject, X509Certificate as SystemCertificate } from "node:crypto";
import { ModelError } from "@menagerie/core";
import { X509Certificate } from "@sigstore/core";
import { signatureError } from "./signature-error.ts";

/** Extensions that are looked at here, or bind nothing; any other that is critical refuses its certificate (RFC 5280, 4.2). */
const known = ["2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.35", "2.5.29.37"];
const codeSigning = "1.3.6.1.5.5.7.3.3";
const anyPurpose = "2.5.29.37.0";
/** A longer one is no chain that anybody made in good faith. */
const longestChain = 10;
/** Signatures of certificates that are checked: those that vouch for each other in circles would make ways without end. */
const mostChecks = 200;

/** Certificates in PEM text. @throws `input_invalid` where there is none */
export function certificatesIn(pem: string, where: string): readonly Buffer[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new ModelError("input_invalid", `${where} has no certificate in PEM form.`);
  try {
    return blocks.map((block) => new SystemCertificate(block).raw);
  } catch (cause) {
    throw new ModelError("input_invalid", `${where} has a certificate that cannot be read.`, { cause });
  }
}

/**
 * The key of a signing certificate that trusted ones vouch for, as they stood when it began to be valid.
 * @param chain the signing certificate, and others that may lie between it and a trusted one (DER)
 * @param trusted roots, and others beside them (DER)
 * @throws `signature_invalid`
 */
export function keyOfTrusted(chain: readonly Buffer[], trusted: readonly Buffer[]): KeyObject {
  const [first, ...between] = chain;
  if (first === undefined) throw signatureError("it has no certificate");
  const [leaf, ...middle] = [first, ...between].map(parsed);
  const anchors = trusted.map(parsed);
  if (leaf === undefined) throw signatureError("it has no certificate");
  const at = leaf.notBefore;
  if (!leadsToRoot(leaf, { issuers: [...middle, ...anchors], roots: anchors, at, left: mostChecks }, 0))
    throw signatureError(
      `no trusted certificate vouches for that of ${subjectOf(first)}. Give the chain up to its root: --certificate-chain FILE`,
    );
  assertSigns(first, leaf);
  return new SystemCertificate(first).publicKey;
}

interface Search {
  readonly issuers: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
  readonly at: Date;
  /** Checks that may still be made. */
  left: number;
}

function leadsToRoot(certificate: X509Certificate, search: Search, below: number): boolean {
  const { issuers, roots, at } = search;
  if (below > longestChain || !certificate.validForDate(at) || hasUnknownDemand(certificate)) return false;
  if (below > 0 && !mayIssue(certificate, below - 1)) return false;
  if (certificate.subject.equals(certificate.issuer))
    return roots.some((root) => root.equals(certificate)) && certificate.verify();
  return issuers.some((issuer) => {
    if (!issuer.subject.equals(certificate.issuer) || issuer.equals(certificate)) return false;
    search.left -= 1;
    if (search.left < 0) throw signatureError(`its certificates vouch for each other in more than ${mostChecks} ways`);
    return certificate.verify(issuer) && leadsToRoot(issuer, search, below + 1);
  });
}

/** @param below certificates of authorities between this one and the signing one */
function mayIssue(certificate: X509Certificate, below: number): boolean {
  const { extBasicConstraints: basic, extKeyUsage: usage } = certificate;
  const longest = basic?.pathLenConstraint;
  return basic?.isCA === true && (usage?.keyCertSign ?? true) && (longest === undefined || below <= Number(longest));
}

function hasUnknownDemand(certificate: X509Certificate): boolean {
  return certificate.extensions.some((asn1) => {
    const oid = asn1.subs[0]?.toOID() ?? "";
    return !known.includes(oid) && certificate.extension(oid)?.critical === true;
  });
}

/**
 * Its key usage has digital signatures, or its extended one the signing of code; one that is for other purposes alone, as that of a web
 * server, does not sign models (RFC 5280, 4.2.1.12).
 */
function assertSigns(der: Buffer, leaf: X509Certificate): void {
  const purposes: readonly string[] | undefined = new SystemCertificate(der).keyUsage;
  const isForCode = purposes?.some((purpose) => purpose === codeSigning || purpose === anyPurpose);
  if (isForCode === true || (purposes === undefined && leaf.extKeyUsage?.digitalSignature === true)) return;
  throw signatureError(`the certificate of ${subjectOf(der)} is not one for signing`);
}

function subjectOf(der: Buffer): string {
  return new SystemCertificate(der).subject.replaceAll("\n", ", ") || "no name";
}

function parsed(der: Buffer): X509Certificate {
  try {
    return X509Certificate.parse(der as Buffer<ArrayBuffer>);
  } catch (cause) {
    throw signatureError("a certificate of it cannot be read", {}, cause);
  }
}
