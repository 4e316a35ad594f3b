import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type BoxedFile, type BoxedRepository, boxedFiles } from "./boxed-repository.ts";
import { type Fault, Faults } from "./fault.ts";
import { sendFile } from "./send-file.ts";

export interface HubOptions {
  /** Opens gated and private repositories. Default: `hf_box`. */
  readonly token?: string | undefined;
  /** Entries in one page of a list of files. Default: 1000. */
  readonly pageSize?: number | undefined;
  /** Address of the content network. Default: 127.0.0.1. */
  readonly contentHost?: string | undefined;
}

/** What was asked of a hub. */
export interface HubRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Whether the content network was asked. */
  readonly isContent: boolean;
  status: number;
  /** Bytes of a file that went out. */
  sentBytes: number;
}

interface Boxed extends Awaited<ReturnType<typeof boxedFiles>> {
  readonly is: BoxedRepository;
}

/** A hub on this machine, for tests: repositories from folders or memory, files with their digests, a content network beside it, faults at will. */
export class HubInABox implements AsyncDisposable {
  /** For HF_ENDPOINT. */
  readonly address: string;
  readonly token: string;
  /** Everything that was asked, in order. */
  readonly requests: HubRequest[] = [];
  readonly faults: Faults = new Faults();
  readonly #repositories: ReadonlyMap<string, Boxed>;
  readonly #servers: readonly Server[];
  readonly #pageSize: number;
  readonly #content: string;

  private constructor(
    repositories: ReadonlyMap<string, Boxed>,
    [hub, content]: readonly [Server, Server],
    { token = "hf_box", pageSize = 1000, contentHost = "127.0.0.1" }: HubOptions,
  ) {
    this.#repositories = repositories;
    this.#servers = [hub, content];
    this.#pageSize = pageSize;
    this.token = token;
    this.address = `http://127.0.0.1:${portOf(hub)}`;
    this.#content = `http://${contentHost}:${portOf(content)}`;
    hub.on("request", (request, response) => void this.#answer(request, response, false));
    content.on("request", (request, response) => void this.#answer(request, response, true));
  }

  /** @param repositories by name: `acme/model` */
  static async start(
    repositories: Readonly<Record<string, BoxedRepository>>,
    options: HubOptions = {},
  ): Promise<HubInABox> {
    const boxed = new Map<string, Boxed>();
    for (const [name, is] of Object.entries(repositories)) boxed.set(name, { is, ...(await boxedFiles(is)) });
    const servers = [createServer(), createServer()] as const;
    await Promise.all(
      [["127.0.0.1"], [options.contentHost ?? "127.0.0.1"]].map(
        ([host], i) => new Promise<void>((resolve) => servers[i as 0 | 1].listen(0, host, resolve)),
      ),
    );
    return new HubInABox(boxed, servers, options);
  }

  /** The commit that a repository is at. */
  shaOf(repository: string): string {
    return this.#repositories.get(repository)?.sha ?? "";
  }

  fileOf(repository: string, path: string): BoxedFile | undefined {
    return this.#repositories.get(repository)?.files.get(path);
  }

  /** Bytes of files that went out. */
  get sentBytes(): number {
    return this.requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse, isContent: boolean): Promise<void> {
    const { method = "GET", url: path = "/", headers } = request;
    const { range, authorization } = headers;
    const noted: HubRequest = { method, path, range, authorization, isContent, status: 0, sentBytes: 0 };
    this.requests.push(noted);
    // The peer may leave at any time.
    response.on("error", () => {});
    response.on("close", () => {
      noted.status = response.statusCode;
    });
    const url = new URL(path, this.address);
    const isWay = url.pathname.includes("/resolve/");
    const faults = this.faults.of(path, isContent || (isWay && !this.#isLarge(url)) ? "bytes" : isWay ? "way" : "else");
    if (faults.some(({ kind }) => kind === "silent")) return;
    const status = faults.find((fault) => fault.kind === "status");
    if (status !== undefined) return void response.writeHead(status.status, status.headers).end(status.body ?? "");
    const redirect = faults.find((fault) => fault.kind === "redirect");
    if (redirect !== undefined) return void response.writeHead(302, { location: redirect.to }).end();
    try {
      if (isContent) noted.sentBytes = await this.#give(this.#byDigest(url), request, response, faults);
      else if (url.pathname.startsWith("/api/models/")) this.#api(url, request, response);
      else noted.sentBytes = await this.#resolve(url, request, response, faults);
    } catch {
      response.destroy();
    }
  }

  #api(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const [, name = "", kind, revision = ""] =
      /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(url.pathname) ?? [];
    const found = this.#find(name, decodeURIComponent(revision), request, response);
    if (found === undefined) return;
    const { is, sha, files } = found;
    if (kind === "revision") {
      json(response, {
        _id: name,
        id: name,
        sha,
        private: is.private ?? false,
        gated: is.gated === true ? "manual" : false,
        likes: 0,
        downloads: 0,
        lastModified: "2024-01-01T00:00:00.000Z",
        cardData: is.licence === undefined ? {} : { license: is.licence },
        tags: is.licence === undefined ? [] : [`license:${is.licence}`],
      });
      return;
    }
    const all = [...files.values()];
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const next = new URL(url);
    next.searchParams.set("cursor", String(from + this.#pageSize));
    json(
      response,
      all.slice(from, from + this.#pageSize).map(entryOf),
      from + this.#pageSize < all.length ? { link: `<${next.href}>; rel="next"` } : {},
    );
  }

  async #resolve(
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    faults: readonly Fault[],
  ): Promise<number> {
    const [, name = "", revision = "", path = ""] =
      /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    const found = this.#find(name, decodeURIComponent(revision), request, response);
    if (found === undefined) return 0;
    if (found.is.gated === true && !this.#isKnown(request)) {
      const code = request.headers.authorization === undefined ? 401 : 403;
      refuse(
        response,
        code,
        "GatedRepo",
        `Access to model ${name} is restricted. You must be authenticated to access it.`,
      );
      return 0;
    }
    const file = found.files.get(path.split("/").map(decodeURIComponent).join("/"));
    if (file === undefined) {
      refuse(response, 404, "EntryNotFound", "Entry not found");
      return 0;
    }
    response.setHeader("x-repo-commit", found.sha);
    if (!file.isLarge) return this.#give(file, request, response, faults);
    response.writeHead(302, {
      location: `${this.#content}/repos/${file.sha256}?signature=1`,
      "x-linked-etag": `"${file.sha256}"`,
      "x-linked-size": file.sizeBytes,
    });
    response.end();
    return 0;
  }

  async #give(
    file: BoxedFile | undefined,
    request: IncomingMessage,
    response: ServerResponse,
    faults: readonly Fault[],
  ): Promise<number> {
    if (file !== undefined) return sendFile(file, request, response, faults);
    response.writeHead(404).end();
    return 0;
  }

  #isLarge(url: URL): boolean {
    const [, name = "", path = ""] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(url.pathname) ?? [];
    return this.fileOf(name, decodeURIComponent(path))?.isLarge === true;
  }

  #find(name: string, revision: string, request: IncomingMessage, response: ServerResponse): Boxed | undefined {
    const boxed = this.#repositories.get(name);
    if (boxed === undefined || (boxed.is.private === true && !this.#isKnown(request))) {
      refuse(response, this.#isKnown(request) ? 404 : 401, "RepoNotFound", "Repository not found");
      return undefined;
    }
    const { sha, is } = boxed;
    const isShort = revision.length >= 7 && sha.startsWith(revision);
    if (["main", "HEAD", ...(is.branches ?? [])].includes(revision) || isShort) return boxed;
    refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${revision}`);
    return undefined;
  }

  #isKnown(request: IncomingMessage): boolean {
    return request.headers.authorization === `Bearer ${this.token}`;
  }

  #byDigest({ pathname }: URL): BoxedFile | undefined {
    const digest = pathname.split("/").at(-1);
    for (const { files } of this.#repositories.values())
      for (const file of files.values()) if (file.sha256 === digest) return file;
    return undefined;
  }
}

function entryOf(file: BoxedFile): object {
  return {
    type: "file",
    path: file.path,
    size: file.sizeBytes,
    oid: file.gitSha1,
    ...(file.isLarge ? { lfs: { oid: file.sha256, size: file.sizeBytes, pointerSize: 134 } } : {}),
  };
}

function json(response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", ...headers }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { "content-type": "application/json", "x-error-code": code, "x-error-message": message })
    .end(JSON.stringify({ error: message }));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
