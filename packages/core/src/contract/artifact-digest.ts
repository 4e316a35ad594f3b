import { z } from "zod";

/** What a publisher may give in the place of a sha256. */
export type DigestAlgorithm = "sha512" | "sha1" | "md5";

/** `ALGORITHM:HEX`, lower case. */
export type ArtifactDigest = `${DigestAlgorithm}:${string}`;

const pattern = /^(?:sha512:[0-9a-f]{128}|sha1:[0-9a-f]{40}|md5:[0-9a-f]{32})$/;

export const artifactDigestSchema: z.ZodType<ArtifactDigest> = z
  .string()
  .regex(pattern, "must be sha512:, sha1: or md5: and the lower-case hexadecimal digits") as never;

export function isArtifactDigest(text: unknown): text is ArtifactDigest {
  return typeof text === "string" && pattern.test(text);
}

export function algorithmOf(digest: ArtifactDigest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

/** True for one that other bytes can be made to have: it tells damage, and no forgery. */
export function isWeakDigest(digest: ArtifactDigest): boolean {
  return algorithmOf(digest) !== "sha512";
}
