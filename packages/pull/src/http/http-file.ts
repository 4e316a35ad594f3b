import type { IncomingHttpHeaders } from "node:http";
import { ModelError } from "@menagerie/core";
import type { RemoteBytes, RemoteFile, SourceDigest } from "../sources/source.ts";
import type { HttpClient, HttpResponse } from "./http-client.ts";
import { RefusedStatus, requireStatus } from "./refused-status.ts";

export interface HttpFileOptions {
  readonly client: HttpClient;
  readonly url: URL;
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest?: SourceDigest | undefined;
  readonly identity: string;
  readonly localCopy?: string | undefined;
  readonly authorization?: string | undefined;
  /** Headers of an answer about it that was seen already. */
  readonly seen?: IncomingHttpHeaders | undefined;
}

/** A file behind an address, read by ranges. Each answer must be of the same file as the first. */
export class HttpFile implements RemoteFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: SourceDigest | undefined;
  readonly identity: string;
  readonly localCopy: string | undefined;
  readonly #options: HttpFileOptions;
  #version: FileVersion | undefined;
  /** Where the last answer came from: a content network, to which the hub need not be asked the way for each range. */
  #direct: URL | undefined;
  #isFromPublic = false;

  constructor(options: HttpFileOptions) {
    this.path = options.path;
    this.sizeBytes = options.sizeBytes;
    this.digest = options.digest;
    this.identity = options.identity;
    this.localCopy = options.localCopy;
    this.#options = options;
    this.#version = options.seen === undefined ? undefined : versionOf(options.seen, this.digest);
  }

  async read(start: number, end: number, signal: AbortSignal | undefined): Promise<RemoteBytes> {
    const response = await this.#open(start, end, signal);
    try {
      return this.#checked(response, start, end);
    } catch (error) {
      response.body.destroy();
      throw error;
    }
  }

  async #open(start: number, end: number, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const { client, url, authorization } = this.#options;
    const headers = { range: `bytes=${start}-${end - 1}` };
    const direct = this.#direct;
    if (direct !== undefined) {
      try {
        const request = { headers, signal, isFromPublic: this.#isFromPublic };
        return await requireStatus(await client.open(direct, request), 200, 206);
      } catch (error) {
        this.#requireReach(error, start, end);
        // An address that was signed for a while is asked for anew.
        this.#direct = undefined;
        if (!(error instanceof RefusedStatus && [400, 401, 403, 404, 410].includes(error.status))) throw error;
      }
    }
    const response = await requireStatus(await client.open(url, { headers, signal, authorization }), 200, 206).catch(
      (error: unknown) => {
        this.#requireReach(error, start, end);
        throw error;
      },
    );
    if (response.url.origin !== url.origin) {
      this.#direct = response.url;
      this.#isFromPublic = response.isFromPublic;
    }
    return response;
  }

  /** A file that ends before the range that is asked for is not the one that was declared. @throws `source_changed` */
  #requireReach(thrown: unknown, start: number, end: number): void {
    if (!(thrown instanceof RefusedStatus && thrown.status === 416)) return;
    const [, total] = /\/(\d+)$/.exec(thrown.headers["content-range"] ?? "") ?? [];
    const has = total === undefined ? "" : `: it has ${total}`;
    throw this.#changed(
      `bytes ${start} to ${end - 1} of ${this.sizeBytes} that were declared are not in it (416)${has}`,
    );
  }

  #checked({ status, headers, redirects, body }: HttpResponse, start: number, end: number): RemoteBytes {
    const promised = redirects.find((hop) => hop["x-linked-etag"] !== undefined);
    const linked = plainTag(promised?.["x-linked-etag"]);
    if (linked !== undefined && this.digest?.algorithm === "sha256" && linked !== this.digest.hex)
      throw this.#changed(`it is sha256 ${this.digest.hex} by the list of files, and ${linked} by its address`);
    const encoding = headers["content-encoding"] ?? "identity";
    if (encoding !== "identity") throw this.#changed(`it came packed (${encoding}), and its own bytes were asked for`);
    const version = versionOf(headers, this.digest);
    this.#version ??= version;
    const { name, value } = this.#version;
    if (value !== version.value || name !== version.name)
      throw this.#changed(`its ${name} was ${value || "not given"}, and is ${version.value || "gone"}`);
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
    const length = headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);
    const size = status === 206 ? (total === "*" ? undefined : Number(total)) : length;
    if (size !== undefined && size !== this.sizeBytes)
      throw this.#changed(`it has ${size} bytes, and ${this.sizeBytes} were declared`);
    if (status === 206 && (Number(from) !== start || (length ?? end - start) > end - start))
      throw this.#changed(`bytes ${start} to ${end - 1} were asked for, and "${headers["content-range"]}" came`);
    return { start: status === 206 ? start : 0, body, cancel: () => body.destroy() };
  }

  #changed(why: string): ModelError {
    const { url } = this.#options;
    return new ModelError(
      "source_changed",
      `${url.origin}${url.pathname} is not the file that it was: ${why}. Nothing of it was taken; pull again.`,
      { details: { path: this.path, url: `${url.origin}${url.pathname}` } },
    );
  }
}

interface FileVersion {
  readonly name: "ETag" | "Last-Modified";
  readonly value: string;
}

/** What tells one state of a file from another. Its time is heeded where nothing better is known: machines of one network may differ in it. */
export function versionOf(headers: IncomingHttpHeaders, digest?: SourceDigest | undefined): FileVersion {
  const { etag = "", "last-modified": changed = "" } = headers;
  if (etag !== "" || digest !== undefined || changed === "") return { name: "ETag", value: etag };
  return { name: "Last-Modified", value: changed };
}

/** An ETag without its quotes and its mark of weakness. */
function plainTag(etag: string | string[] | undefined): string | undefined {
  const [one] = [etag].flat();
  return one?.replace(/^W\//, "").replaceAll('"', "");
}
