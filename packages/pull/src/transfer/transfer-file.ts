import { brokenBody, type Patience, Retries } from "../http/retries.ts";
import type { RemoteBytes, RemoteFile } from "../sources/source.ts";
import { digestsOf, FollowingDigest } from "./digests.ts";
import type { PartFile } from "./part-file.ts";
import { PieceWriter } from "./piece-writer.ts";

export interface TransferOptions {
  /** For messages: "onnx/model.onnx of acme/model". */
  readonly what: string;
  readonly hasToken: boolean;
  /** Pieces that are fetched at a time. Default: 4. */
  readonly connections?: number | undefined;
  readonly patience?: Patience | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that have come on disk. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Asked before each write: throws where the file has become somebody else's. */
  readonly assertHeld?: (() => void) | undefined;
}

/** Files under this size are hashed when they are there: a thread would take longer to start. */
const smallBytes = 8 << 20;

/**
 * Fetches what is missing of a file. A break is followed by a request for the rest; what is on disk is not asked for again.
 * @returns its digest, taken while it arrived; what git would call it, for a small one
 * @throws `source_*`, `system_error`, an `AbortError`: what has arrived is kept
 */
export async function transferFile(
  file: RemoteFile,
  part: PartFile,
  options: TransferOptions,
): Promise<{ readonly sha256: string; readonly gitSha1: string | undefined }> {
  const wantsGit = file.digest?.algorithm === "git-sha1";
  let isRewritten = false;
  await using digest = part.sizeBytes > smallBytes && !wantsGit ? new FollowingDigest(part.path) : undefined;
  const follow = (): void => digest?.advance(part.frontier);
  follow();
  try {
    await inPieces(file, part, options, follow);
  } catch (error) {
    if (!(error instanceof RangesUnknown)) throw error;
    await part.restart();
    isRewritten = true;
    await fromTheStart(file, part, options);
  }
  // What was hashed before it was written over says nothing of what lies there now.
  if (digest !== undefined && !isRewritten) return { sha256: await digest.finish(part.sizeBytes), gitSha1: undefined };
  const { sha256, gitSha1 } = await digestsOf(part.path, options.signal);
  return { sha256, gitSha1 };
}

/** The source gives a file whole or not at all. */
class RangesUnknown extends Error {}

async function inPieces(file: RemoteFile, part: PartFile, options: TransferOptions, follow: () => void): Promise<void> {
  const open = Array.from({ length: part.pieces }, (_, piece) => piece).filter((piece) => {
    const { start, end } = part.missing(piece);
    return start < end;
  });
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const one = async (): Promise<void> => {
    for (let piece = open.shift(); piece !== undefined; piece = open.shift())
      await fetchPiece(file, part, piece, { ...options, signal }, follow);
  };
  const all = Array.from({ length: Math.min(options.connections ?? 4, open.length) }, one);
  try {
    await Promise.all(all);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(all);
    throw options.signal?.aborted === true ? options.signal.reason : error;
  }
}

async function fetchPiece(
  file: RemoteFile,
  part: PartFile,
  piece: number,
  options: TransferOptions,
  follow: () => void,
): Promise<void> {
  const { what, hasToken, patience, signal } = options;
  const retries = new Retries(what, hasToken, patience);
  for (;;) {
    const { start, end } = part.missing(piece);
    if (start >= end) return;
    try {
      const bytes = await file.read(start, end, signal);
      if (bytes.start !== start) {
        bytes.cancel();
        throw new RangesUnknown();
      }
      await receive(bytes, part, piece, end - start, options, () => {
        retries.progressed();
        follow();
      });
    } catch (error) {
      if (error instanceof RangesUnknown) throw error;
      await retries.afterFailure(error, signal);
    }
  }
}

/** Reads an answer to its end, or to the piece's. What has arrived is on disk when it ends, however it ends. */
async function receive(
  { body, cancel }: RemoteBytes,
  part: PartFile,
  piece: number,
  expected: number,
  { signal, onBytes, assertHeld }: TransferOptions,
  onProgress: () => void,
): Promise<void> {
  const writer = new PieceWriter(part, piece, (bytes) => {
    onBytes?.(bytes);
    onProgress();
  });
  let received = 0;
  try {
    for await (const bytes of body) {
      signal?.throwIfAborted();
      assertHeld?.();
      // Left only where more comes than was asked for: a body that is read to its end keeps its connection.
      if (received === expected) break;
      const wanted = bytes.subarray(0, expected - received);
      received += wanted.length;
      await writer.push(wanted);
    }
  } finally {
    cancel();
    await writer.flush();
  }
  if (received < expected) throw brokenBody(received, expected);
}

/** All of it in one answer, again and again until one is whole. */
async function fromTheStart(file: RemoteFile, part: PartFile, options: TransferOptions): Promise<void> {
  const { what, hasToken, patience, signal } = options;
  const retries = new Retries(what, hasToken, patience);
  for (;;) {
    try {
      const { body, cancel } = await file.read(0, part.sizeBytes, signal);
      await receiveWhole({ body, cancel, start: 0 }, part, options);
      return;
    } catch (error) {
      await retries.afterFailure(error, signal);
      await part.restart();
    }
  }
}

async function receiveWhole({ body, cancel }: RemoteBytes, part: PartFile, options: TransferOptions): Promise<void> {
  let at = 0;
  try {
    for await (const bytes of body) {
      options.signal?.throwIfAborted();
      options.assertHeld?.();
      for (let used = 0; used < bytes.length && at < part.sizeBytes; ) {
        const piece = Math.floor(at / part.pieceBytes);
        const { start, end } = part.missing(piece);
        const step = bytes.subarray(used, used + (end - start));
        await part.write(piece, [step], step.length);
        used += step.length;
        at += step.length;
        options.onBytes?.(step.length);
      }
    }
  } finally {
    cancel();
  }
  if (at < part.sizeBytes) throw brokenBody(at, part.sizeBytes);
}
