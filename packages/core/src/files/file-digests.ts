import { createHash } from "node:crypto";
import { read } from "node:fs";
import { promisify } from "node:util";
import type { ArtifactDigest, DigestAlgorithm } from "../contract/artifact-digest.ts";

/** Digests of the same bytes. */
export interface FileDigests {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** The one that was asked for beside it. */
  readonly other?: ArtifactDigest | undefined;
}

/** Called with the number of bytes that were read since the last call. */
export type OnBytes = (bytes: number) => void;

/** Takes the digests of an open file, from its first byte. */
export type DigestFile = (descriptor: number, beside?: DigestAlgorithm, onBytes?: OnBytes) => Promise<FileDigests>;

const readInto = promisify(read);

/** Bytes read first, which is all of a small file, and at a time from then on. */
const [firstBytes, chunkBytes] = [1 << 16, 1 << 20];

/** Digests of all bytes of an open file, on this thread; the next bytes are read while those before are digested. */
export const digestsOf: DigestFile = async (descriptor, beside, onBytes) => {
  const sha256 = createHash("sha256");
  const other = beside === undefined ? undefined : createHash(beside);
  const buffers = [Buffer.allocUnsafe(firstBytes)];
  let position = 0;
  const readNext = (turn: number): Promise<{ bytesRead: number; buffer: Buffer }> => {
    buffers[turn] ??= Buffer.allocUnsafe(chunkBytes);
    const buffer = buffers[turn];
    return readInto(descriptor, buffer, 0, buffer.length, position);
  };
  // The first buffer is used once; the two large ones take turns.
  for (let turn = 0, reading = readNext(0); ; ) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) break;
    position += bytesRead;
    turn = turn === 1 ? 2 : 1;
    reading = readNext(turn);
    const bytes = buffer.subarray(0, bytesRead);
    sha256.update(bytes);
    other?.update(bytes);
    onBytes?.(bytesRead);
  }
  return {
    sha256: sha256.digest("hex"),
    ...(beside === undefined ? {} : { other: `${beside}:${other?.digest("hex")}` as const }),
  };
};
