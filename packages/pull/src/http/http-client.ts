import { lookup as systemLookup } from "node:dns";
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
} from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { ModelError } from "@menagerie/core";
import { isPrivateAddress } from "./private-address.ts";
import { proxiesOf, requireProxy } from "./proxies.ts";
import { forbidden } from "./redirect-rules.ts";

export interface HttpClientOptions {
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY are heeded. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Milliseconds without a byte, before the answer or within it. Default: 30 s. */
  readonly idleMs?: number | undefined;
  /** Default: the system's. */
  readonly lookup?: LookupFunction | undefined;
  /** Default: loopback, link-local and private networks. */
  readonly isPrivate?: ((address: string) => boolean) | undefined;
}

export interface HttpRequest {
  readonly method?: "GET" | "HEAD" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent to the first origin alone, never to one that it redirects to. */
  readonly authorization?: string | undefined;
  /** A public host named the address: it must not be in a private network. */
  readonly isFromPublic?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where it came from, after redirects. */
  readonly url: URL;
  /** Whether it, or a host that redirected to it, is public: what it names must not be in a private network. */
  readonly isFromPublic: boolean;
  /** What the answers before the last said: a hub tells there what its content network must deliver. */
  readonly redirects: readonly IncomingHttpHeaders[];
  /** Consume or destroy it. */
  readonly body: IncomingMessage;
}

/** Redirects that are followed, as browsers do. */
const mostRedirects = 10;
/** Bytes that a redirect may say besides. */
const mostWords = 16_384;
/** Times of silence that an answer's head may take, however slowly it trickles. */
const headTimes = 3;

/** GET and HEAD over HTTP(S), with redirects that are judged, proxies, and an end to each wait. Refuses nothing by status. */
export class HttpClient {
  readonly #idleMs: number;
  readonly #lookup: LookupFunction;
  readonly #isPrivate: (address: string) => boolean;
  readonly #proxies: NodeJS.ProcessEnv;
  readonly #plain: PlainAgent;
  readonly #secure: SecureAgent;
  /** Of addresses that public hosts name: a connection that was opened for others is not theirs to use. */
  readonly #plainPublic: PlainAgent;
  readonly #securePublic: SecureAgent;

  constructor({ env = process.env, idleMs = 30_000, lookup, isPrivate = isPrivateAddress }: HttpClientOptions = {}) {
    this.#idleMs = idleMs;
    this.#lookup = lookup ?? (systemLookup as unknown as LookupFunction);
    this.#isPrivate = isPrivate;
    this.#proxies = proxiesOf(env);
    const agent = { keepAlive: true, proxyEnv: this.#proxies };
    this.#plain = new PlainAgent(agent);
    this.#secure = new SecureAgent(agent);
    this.#plainPublic = new PlainAgent(agent);
    this.#securePublic = new SecureAgent(agent);
  }

  /**
   * The answer after redirects, with its body still to be read.
   * @throws `redirect_refused`; `source_unreachable` where a proxy is set that cannot be used; the system's errors; an `AbortError`
   */
  async open(first: URL, asked: HttpRequest = {}): Promise<HttpResponse> {
    const redirects: IncomingHttpHeaders[] = [];
    const seen = new Set<string>();
    let isFromPublic = asked.isFromPublic ?? false;
    let url = first;
    if (isFromPublic && this.#isPrivate(url.hostname)) throw leadsInside(url, url.hostname);
    for (;;) {
      seen.add(url.href);
      requireProxy(url, this.#proxies);
      const { message, address } = await this.#send(url, first, asked, isFromPublic);
      const status = message.statusCode ?? 0;
      const { location } = message.headers;
      // Behind a proxy the address is the proxy's, and says nothing of the host.
      isFromPublic ||= address !== undefined && !this.#isPrivate(address);
      if (![301, 302, 303, 307, 308].includes(status) || location === undefined)
        return { status, headers: message.headers, url, isFromPublic, redirects, body: message };
      // Its words are read, so that the connection serves again; one that does not end is left.
      if (Number(message.headers["content-length"] ?? Number.NaN) <= mostWords) message.resume();
      else message.destroy();
      redirects.push(message.headers);
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      const problem = next === undefined ? "its target is no address" : forbidden(url, next);
      if (next === undefined || problem !== undefined) throw refused(url, location, problem ?? "");
      if (isFromPublic && this.#isPrivate(next.hostname)) throw refused(url, location, privateWords(next.hostname));
      if (seen.has(next.href)) throw refused(url, location, "it leads in a circle");
      if (redirects.length >= mostRedirects)
        throw refused(url, location, `it is the ${redirects.length + 1}th in a row`);
      url = next;
    }
  }

  /** Closes connections that are kept for later. */
  close(): void {
    for (const agent of [this.#plain, this.#secure, this.#plainPublic, this.#securePublic]) agent.destroy();
  }

  #send(
    url: URL,
    first: URL,
    { method = "GET", headers = {}, authorization, signal }: HttpRequest,
    isFromPublic: boolean,
  ): Promise<{ readonly message: IncomingMessage; readonly address: string | undefined }> {
    const isSecure = url.protocol === "https:";
    const own = authorization !== undefined && url.origin === first.origin ? { authorization } : {};
    const options = {
      method,
      headers: { "user-agent": "menagerie", "accept-encoding": "identity", ...headers, ...own },
      agent: this.#agent(isSecure, isFromPublic),
      lookup: isFromPublic ? this.#publicLookup(first) : this.#lookup,
      highWaterMark: 1 << 20,
      ...(signal === undefined ? {} : { signal }),
    };
    return new Promise((resolve, reject) => {
      const request = (isSecure ? secureRequest : plainRequest)(url, options);
      const end = (what: string): unknown =>
        request.destroy(Object.assign(new Error(`${url.host} ${what}`), { code: "ETIMEDOUT" }));
      request.setTimeout(this.#idleMs, () => end(`was silent for ${this.#idleMs} ms`));
      const head = setTimeout(
        () => end(`began no answer within ${headTimes * this.#idleMs} ms`),
        headTimes * this.#idleMs,
      );
      request.once("close", () => clearTimeout(head));
      request.once("error", reject);
      request.once("response", (message) => {
        clearTimeout(head);
        // Whoever reads the body gets the error that ends it.
        request.on("error", (error) => message.destroy(error));
        resolve({ message, address: message.socket.remoteAddress });
      });
      request.end();
    });
  }

  #agent(isSecure: boolean, isFromPublic: boolean): PlainAgent {
    if (isSecure) return isFromPublic ? this.#securePublic : this.#secure;
    return isFromPublic ? this.#plainPublic : this.#plain;
  }

  /** Looks names up, and refuses those that lead into a private network. */
  #publicLookup(first: URL): LookupFunction {
    return (hostname, options, callback) =>
      this.#lookup(hostname, options, (error, address, family) => {
        const all = typeof address === "string" ? [address] : (address ?? []).map((found) => found.address);
        const inside = error === null ? all.find((one) => this.#isPrivate(one)) : undefined;
        if (inside === undefined) callback(error, address, family);
        else callback(refused(first, hostname, privateWords(inside)) as Error as NodeJS.ErrnoException, "", 0);
      });
  }
}

function leadsInside(url: URL, to: string): ModelError {
  return refused(url, to, privateWords(to));
}

function privateWords(address: string): string {
  return `${address} is in a private network, and a public host must not lead there`;
}

function refused(from: URL, to: string, why: string): ModelError {
  return new ModelError(
    "redirect_refused",
    `${from.origin}${from.pathname} redirects to ${to}, which is not followed: ${why}. Name the address itself if it is meant.`,
    { details: { from: `${from.origin}${from.pathname}`, to } },
  );
}
