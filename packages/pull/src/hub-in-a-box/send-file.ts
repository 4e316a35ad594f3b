import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { BoxedFile } from "./boxed-repository.ts";
import type { Fault } from "./fault.ts";

type Kind<K extends Fault["kind"]> = Extract<Fault, { kind: K }>;

/** Answers with a file or a range of it, as the faults have it. @returns bytes of the body that were sent */
export async function sendFile(
  file: BoxedFile,
  request: IncomingMessage,
  response: ServerResponse,
  faults: readonly Fault[],
): Promise<number> {
  const size = file.sizeBytes;
  const fault = <K extends Fault["kind"]>(kind: K): Kind<K> | undefined =>
    faults.find((one): one is Kind<K> => one.kind === kind);
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const isRange = asked !== null && fault("no-ranges") === undefined;
  const start = isRange ? Number(asked[1]) : 0;
  const end = isRange && asked[2] !== "" ? Math.min(size, Number(asked[2]) + 1) : size;
  const total = size + (fault("longer")?.by ?? 0);
  response.writeHead(isRange ? 206 : 200, {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    etag: fault("etag")?.etag ?? `"${file.isLarge ? file.sha256 : file.gitSha1}"`,
    "content-length": isRange ? end - start : total,
    ...(isRange ? { "content-range": `bytes ${start}-${end - 1}/${total}` } : {}),
  });
  if (request.method === "HEAD") {
    response.end();
    return 0;
  }
  const broken = fault("break");
  const most = broken === undefined ? end - start : (broken.afterBytes ?? Math.ceil((broken.afterShare ?? 0) * size));
  const rate = fault("throttle")?.bytesPerSecond;
  let sent = 0;
  for await (const piece of file.read(start, Math.min(end, start + most))) {
    const bytes = flipped(piece, start + sent, fault("flip")?.at);
    for (const step of steps(bytes, rate)) {
      if (response.destroyed) return sent;
      sent += step.length;
      const isTaken = response.write(step);
      if (rate !== undefined) await sleep((step.length / rate) * 1000);
      else if (!isTaken) await drained(response);
    }
  }
  if (broken === undefined || most >= end - start) response.end();
  // What was sent is to arrive before the end.
  else response.write("", () => response.destroy());
  return sent;
}

function flipped(bytes: Uint8Array, from: number, at: number | undefined): Uint8Array {
  if (at === undefined || at < from || at >= from + bytes.length) return bytes;
  const copy = Uint8Array.from(bytes);
  copy[at - from] = (copy[at - from] ?? 0) ^ 1;
  return copy;
}

/** Twenty steps a second where it goes slowly. */
function* steps(bytes: Uint8Array, rate: number | undefined): Generator<Uint8Array> {
  const size = rate === undefined ? bytes.length : Math.max(1, Math.ceil(rate / 20));
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
