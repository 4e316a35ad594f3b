import type { IncomingHttpHeaders } from "node:http";
import { ModelError } from "@menagerie/core";
import type { HttpResponse } from "./http-client.ts";

/** A status that is no success, before anybody decides what it means. */
export class RefusedStatus extends Error {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;
  /** The server's own words, shortened. */
  readonly said: string;

  constructor({ status, headers, url }: Pick<HttpResponse, "status" | "headers" | "url">, said: string) {
    super(`${url.origin}${url.pathname} answered ${status}`);
    this.status = status;
    this.headers = headers;
    this.url = url;
    this.said = said;
  }

  /** Of a machine that asks to be asked again later, or fails by itself. */
  get isTransient(): boolean {
    return this.status === 429 || this.status === 408 || (this.status >= 500 && this.status !== 501);
  }

  /** Seconds to the end of the hub's window: `RateLimit: "resolvers";r=0;t=212`. */
  get #resetSeconds(): string | undefined {
    const limit = [this.headers.ratelimit].flat()[0];
    return this.status === 429 ? /;\s*t=(\d+)/.exec(limit ?? "")?.[1] : undefined;
  }

  /** Milliseconds that it asks to wait; undefined where it says nothing. */
  get retryAfterMs(): number | undefined {
    const value = this.headers["retry-after"] ?? this.#resetSeconds;
    if (value === undefined) return undefined;
    const seconds = Number(value);
    if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
    const date = Date.parse(value);
    return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
  }
}

/** Bytes of a refusal that are read: its words stand at the beginning. */
const mostWords = 2000;

/** @throws `RefusedStatus` unless the status is one of those; `source_changed` for bytes that come packed, which nobody asked for */
export async function requireStatus(response: HttpResponse, ...good: readonly number[]): Promise<HttpResponse> {
  const packing = packingOf(response.headers);
  if (good.includes(response.status) && packing === undefined) return response;
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of response.body as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length > mostWords) break;
    }
  } catch {
    // The status says enough.
  }
  response.body.destroy();
  if (good.includes(response.status)) throw packed(response.url, packing ?? "");
  const text = packing === undefined ? Buffer.concat(parts).toString("utf8").slice(0, mostWords) : "";
  throw new RefusedStatus(response, wordsOf(text, response.headers));
}

/** How bytes are packed on their way, where they are. */
function packingOf(headers: IncomingHttpHeaders): string | undefined {
  const packing = headers["content-encoding"]?.trim().toLowerCase();
  return packing === "" || packing === "identity" ? undefined : packing;
}

function packed({ origin, pathname }: URL, packing: string): ModelError {
  return new ModelError(
    "source_changed",
    `${origin}${pathname} comes packed (content-encoding ${packing}), although it was asked for as it is. Nothing of it was taken. A server or proxy that packs everything does this: switch it off there, or pull from another place (--from).`,
    { details: { url: `${origin}${pathname}`, content_encoding: packing } },
  );
}

function wordsOf(text: string, headers: IncomingHttpHeaders): string {
  const said = headers["x-error-message"];
  if (typeof said === "string") return said.slice(0, 300);
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    return String(error ?? message ?? "").slice(0, 300);
  } catch {
    return /^\s*</.test(text) ? "" : text.trim().slice(0, 300);
  }
}

/**
 * A refused status as the caller meets it. @param what was asked for: "Xenova/clip-vit-base-patch32 at main"
 * @param hasToken whether a token was sent
 */
export function statusError(refused: RefusedStatus, what: string, hasToken: boolean): ModelError {
  const { status, said, url } = refused;
  const reason = refused.headers["x-error-code"];
  const details = { status, url: `${url.origin}${url.pathname}` };
  const own = said === "" ? "" : ` It says: ${said.replace(/\.$/, "")}.`;
  const make = (code: ConstructorParameters<typeof ModelError>[0], message: string): ModelError =>
    new ModelError(code, message, { details, cause: refused });
  if (reason === "GatedRepo" || (status === 403 && /gated|restricted|awaiting/i.test(said)))
    return make(
      "source_forbidden",
      `${what} is gated: its owner gives it to those who accept its terms.${own} Accept them on its page at ${url.origin}, and set HF_TOKEN to a token of that account.`,
    );
  if (status === 401 && reason === "RepoNotFound")
    return make(
      "source_not_found",
      `${what} is not there, or is private. Check the name; for a private repository set HF_TOKEN.`,
    );
  if (status === 401)
    return make(
      "unauthorised",
      hasToken
        ? `${what}: ${url.host} does not accept the token (401).${own} Set HF_TOKEN to one that is valid.`
        : `${what}: ${url.host} wants to know who asks (401).${own} Set HF_TOKEN to a token of yours.`,
    );
  if (status === 403)
    return make(
      "source_forbidden",
      `${what}: ${url.host} does not give it to ${hasToken ? "this token" : "everybody"} (403).${own}`,
    );
  if (status === 404 || status === 410)
    return make(
      "source_not_found",
      `${what} is not there (${status} of ${url.host}).${own} Check its name and revision.`,
    );
  if (status === 429) {
    const after = refused.retryAfterMs;
    const when = after === undefined ? "later" : `in ${Math.ceil(after / 1000)} s`;
    return make(
      "source_busy",
      `${what}: ${url.host} takes no more requests for now (429).${own} Ask again ${when}; what has arrived is kept.${hasToken ? "" : " With HF_TOKEN set more are allowed."}`,
    );
  }
  return make(
    "source_unreachable",
    `${what}: ${url.host} failed with ${status}.${own} Ask again later; what has arrived is kept.`,
  );
}
