import {
  errorCodes,
  fromSerialisedModelError,
  isModelError,
  ModelError,
  type Priority,
  type SerialisedModelError,
} from "@menagerie/core";
import { isRecord, noZoo } from "./checked-body.ts";
import { brokenConnection, redirected, unreachable } from "./connection-error.ts";
import { limitedText, mostCharacters, mostOfError, tooMuch } from "./limited-text.ts";
import { EventTooLarge, type ServerEvent, serverEvents } from "./server-events.ts";

/** What a request says beside its path. */
export interface DoorRequest {
  /** Ends the request; its reason is the error that the caller gets. */
  readonly signal: AbortSignal;
  /** JSON text. */
  readonly body?: string | undefined;
  /** Milliseconds until nobody wants the answer any more; Infinity for never. */
  readonly msLeft?: number | undefined;
  readonly priority?: Priority | undefined;
  /** Milliseconds that the model is kept after it; Infinity for as long as there is room. */
  readonly keepAliveMs?: number | undefined;
}

/**
 * The one place that reaches a served zoo. Each request is made once: what fails is told, and whether it is asked again is for
 * the caller to say.
 */
export class ZooDoor {
  /** Without a "/" at its end. */
  readonly address: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;

  /** @throws `input_invalid` for an address that is none, `unauthorised` for a token that no header can carry */
  constructor(address: string | URL, token: string | undefined, ask: typeof fetch | undefined) {
    this.address = checkedAddress(address);
    this.#token = token === undefined ? undefined : checkedToken(token);
    // A browser's fetch must be called as the window's own.
    this.#fetch = ask ?? ((input, init) => fetch(input, init));
  }

  /** @throws what the zoo refuses, by its code; `zoo_closed` where nobody answers */
  async json(method: "GET" | "POST", path: string, request: DoorRequest): Promise<unknown> {
    const response = await this.#ask(method, path, "application/json", request);
    return await this.#bodyOf(response, request.signal);
  }

  /** A body that is no JSON document, as it stands. @throws as `json` */
  async text(path: string, request: DoorRequest): Promise<string> {
    const response = await this.#ask("GET", path, "*/*", request);
    return await this.#textOf(response, request.signal);
  }

  /** Events that a request is answered with, from the moment that it was understood. @throws as `json`, while they come too */
  async *events(path: string, request: DoorRequest): AsyncGenerator<ServerEvent, void, undefined> {
    const response = await this.#ask("POST", path, "text/event-stream", request);
    const isStream = response.headers.get("content-type")?.toLowerCase().startsWith("text/event-stream") === true;
    if (!isStream || response.body === null) {
      void response.body?.cancel().catch(() => {});
      throw noZoo(this.address, `${response.status} and nothing that a zoo says`, { status: response.status });
    }
    try {
      yield* serverEvents(response.body);
    } catch (cause) {
      if (request.signal.aborted) throw request.signal.reason;
      if (cause instanceof EventTooLarge) throw tooMuch(this.address, `${mostCharacters} characters`);
      throw brokenConnection(this.address, cause);
    }
  }

  async #ask(method: string, path: string, accept: string, request: DoorRequest): Promise<Response> {
    const { signal, body, msLeft, priority, keepAliveMs } = request;
    if (signal.aborted) throw signal.reason;
    const headers: Record<string, string> = { accept };
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    if (priority !== undefined) headers["x-priority"] = priority;
    if (keepAliveMs !== undefined) headers["x-keep-alive-s"] = keepAliveHeader(keepAliveMs);
    // Then the response begins at once, and whoever sits between does not take its silence for its end.
    if (accept === "text/event-stream") headers["x-answer-begins"] = "at-once";
    const deadline = deadlineHeader(msLeft);
    if (deadline !== undefined) headers["x-deadline-ms"] = deadline;
    let response: Response;
    try {
      // A POST that is sent elsewhere would become a GET in silence.
      response = await this.#fetch(`${this.address}${path}`, {
        method,
        headers,
        signal,
        redirect: "manual",
        ...(body === undefined ? {} : { body }),
      });
    } catch (cause) {
      throw signal.aborted ? signal.reason : unreachable(this.address, cause);
    }
    if (response.ok) return response;
    const { status } = response;
    if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
      void response.body?.cancel().catch(() => {});
      throw redirected(this.address, status, response.headers.get("location"));
    }
    throw (
      errorIn(await this.#bodyOf(response, signal, mostOfError), this.address) ??
      noZoo(this.address, `${status} and nothing that a zoo says`, { status })
    );
  }

  async #textOf(response: Response, signal: AbortSignal, most: number = mostCharacters): Promise<string> {
    try {
      return await limitedText(response, this.address, most);
    } catch (cause) {
      if (isModelError(cause)) throw cause;
      throw signal.aborted ? signal.reason : brokenConnection(this.address, cause);
    }
  }

  async #bodyOf(response: Response, signal: AbortSignal, most?: number): Promise<unknown> {
    const { status } = response;
    const text = await this.#textOf(response, signal, most);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw noZoo(this.address, `${status} and nothing that a zoo says`, { status });
    }
  }
}

/** The error that a body carries; undefined where it carries none. */
export function errorIn(body: unknown, address: string): ModelError | undefined {
  const { error } = isRecord(body) ? body : {};
  if (!isRecord(error)) return undefined;
  const { code, message, model, details } = error;
  if (typeof code !== "string" || typeof message !== "string") return undefined;
  const facts = isRecord(details) ? details : {};
  if (!Object.hasOwn(errorCodes, code))
    return new ModelError("internal", message, { details: { ...facts, url: address, code } });
  const told = { code: code as SerialisedModelError["code"], message, details: facts };
  return fromSerialisedModelError(typeof model === "string" ? { ...told, model } : told);
}

/** Plain digits, as the server takes them; undefined for a deadline that never comes. */
function deadlineHeader(msLeft: number | undefined): string | undefined {
  if (msLeft === undefined || msLeft > 2 ** 53) return undefined;
  return Math.max(0.001, msLeft).toFixed(3);
}

/** Seconds in plain digits, as the server takes them; -1 for as long as there is room. */
function keepAliveHeader(ms: number): string {
  return ms < 1e15 ? (ms / 1000).toFixed(3) : "-1";
}

function checkedAddress(address: string | URL): string {
  const url = URL.parse(String(address));
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ModelError(
      "input_invalid",
      `A served zoo has an address like http://127.0.0.1:8000, not "${String(address)}".`,
      { details: { url: String(address) } },
    );
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new ModelError(
      "input_invalid",
      `The address of a served zoo is scheme, host and path alone; a token is given as "token". This one is ${url.origin} with more to it.`,
      { details: { origin: url.origin } },
    );
  return url.href.replace(/\/+$/, "");
}

function checkedToken(token: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token)) return token;
  throw new ModelError(
    "unauthorised",
    "The token of a served zoo must be visible ASCII characters, without blanks at its ends. Leave it out where the zoo has none.",
  );
}
