import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";

/** A page, the picture it asks about, and under `/zoo` the served zoo, as a proxy would put both under one address. */
export class PageServer implements AsyncDisposable {
  readonly address: string;
  /** What the page found. */
  readonly found: Promise<unknown>;
  readonly #server: Server;

  private constructor(server: Server, found: Promise<unknown>) {
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.found = found;
    this.#server = server;
  }

  /** @param zoo address of the served zoo */
  static async start(entry: string, picture: Uint8Array, zoo: string): Promise<PageServer> {
    const script = await bundle(entry);
    const found = Promise.withResolvers<unknown>();
    const server = createServer((asked, answer) => {
      if (asked.url === "/")
        answer.setHeader("content-type", "text/html").end('<script type="module" src="/page.js"></script>');
      else if (asked.url === "/page.js") answer.setHeader("content-type", "text/javascript").end(script);
      else if (asked.url === "/picture") answer.end(picture);
      else if (asked.url === "/found")
        void textOf(asked)
          .then((text) => found.resolve(JSON.parse(text)), found.reject)
          .finally(() => answer.end());
      else if (asked.url?.startsWith("/zoo/")) pass(asked, answer, new URL(asked.url.slice("/zoo".length), zoo));
      else answer.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new PageServer(server, found.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** One file for a browser, with no stand-in for anything of Node. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["menagerie-source"],
  });
  return outputFiles[0]?.text ?? "";
}

function pass(asked: IncomingMessage, answer: ServerResponse, to: URL): void {
  const passed = request(to, { method: asked.method ?? "GET", headers: asked.headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  passed.once("error", () => answer.destroy());
  answer.once("close", () => passed.destroy());
  asked.pipe(passed);
}

async function textOf(asked: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
