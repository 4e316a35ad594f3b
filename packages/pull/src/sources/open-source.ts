import { resolve } from "node:path";
import { ModelError } from "@menagerie/core";
import { HttpClient, type HttpClientOptions } from "../http/http-client.ts";
import { requireOnline } from "../offline.ts";
import { folderSource } from "./folder-source.ts";
import { githubSource } from "./github-source.ts";
import { hubSource } from "./hub-source.ts";
import type { SourceContext, SourceRepository, WeightSource } from "./source.ts";
import { webSource } from "./web-source.ts";

/** Every source that addresses may name: those that come with this package, and those that others bring. */
export class Sources implements Disposable {
  readonly #client: HttpClient;
  readonly #known = new Map<string, WeightSource>();

  /** @param brought by packages; one of a scheme that is known already stands in its place */
  constructor(brought: readonly WeightSource[] = [], options: HttpClientOptions = {}) {
    this.#client = new HttpClient(options);
    const own = [
      hubSource(this.#client),
      githubSource(this.#client),
      webSource(this.#client, "https"),
      webSource(this.#client, "http"),
      folderSource,
    ];
    for (const source of [...own, ...brought]) this.#known.set(source.scheme, source);
  }

  /** @throws `source_unsupported` for a scheme that nobody knows; `network_forbidden` where this machine is to stay offline; `source_*` */
  async open(address: string, context: SourceContext): Promise<SourceRepository> {
    const scheme = schemeOf(address) ?? "";
    const source = this.#known.get(scheme);
    if (scheme === "")
      throw new ModelError(
        "source_unsupported",
        `"${address}" is no address: a folder on this machine is file://${resolve(address)}, a repository hf:OWNER/NAME.`,
        { details: { address } },
      );
    if (source === undefined) {
      const known = [...this.#known.keys()].join(", ");
      throw new ModelError(
        "source_unsupported",
        `${address}: nothing here fetches from ${scheme}: addresses (there are ${known}). Install a plugin that brings this source: a package with "menagerie": { "source": { "scheme": "${scheme}" } }.`,
        { details: { scheme, known: [...this.#known.keys()] } },
      );
    }
    if (scheme !== "file") requireOnline(context.env, address);
    return source.open(address, context);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** The scheme of an address; undefined for what is none: a model's name, a path. */
export function schemeOf(text: string): string | undefined {
  // One letter is a drive.
  return /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
}
