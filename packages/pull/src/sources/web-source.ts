import { ModelError } from "@menagerie/core";
import type { HttpClient, HttpResponse } from "../http/http-client.ts";
import { HttpFile, versionOf } from "../http/http-file.ts";
import { RefusedStatus, requireStatus } from "../http/refused-status.ts";
import { retried } from "../http/retries.ts";
import type { RemoteFile, SourceContext, SourceRepository, WeightSource } from "./source.ts";

/** A folder behind an address: `https://models.example/clip/`. It cannot be listed, and declares no digests. */
export function webSource(client: HttpClient, scheme: "https" | "http"): WeightSource {
  return {
    scheme,
    open: async (address, context) => {
      if (!URL.canParse(address)) throw new ModelError("input_invalid", `"${address}" is no address.`);
      const root = new URL(address.endsWith("/") ? address : `${address}/`);
      root.search = "";
      root.hash = "";
      const known = new Map<string, Promise<RemoteFile | undefined>>();
      const repository: SourceRepository = {
        repository: `${root.origin}${root.pathname}`,
        page: `${root.origin}${root.pathname}`,
        file: (path) => {
          const found = known.get(path) ?? lookAt(client, root, path, context);
          known.set(path, found);
          return found;
        },
      };
      return repository;
    },
  };
}

/** How long a file is and which one, by its first byte: not every server answers HEAD for what it gives. */
async function lookAt(
  client: HttpClient,
  root: URL,
  path: string,
  { signal, patience }: SourceContext,
): Promise<RemoteFile | undefined> {
  const url = new URL(path.split("/").map(encodeURIComponent).join("/"), root);
  const what = `${url.origin}${url.pathname}`;
  if (url.origin !== root.origin || !url.pathname.startsWith(root.pathname))
    throw new ModelError("input_invalid", `"${path}" leaves ${root.href}: name a file below it.`, {
      details: { path },
    });
  try {
    return await retried(what, false, patience, signal, async () => {
      const response = await ask(client, url, signal);
      if (response === undefined) return undefined;
      response.body.destroy();
      const { status, headers } = response;
      const total = status === 206 ? headers["content-range"]?.split("/")[1] : headers["content-length"];
      const sizeBytes = Number(total ?? Number.NaN);
      if (!Number.isSafeInteger(sizeBytes))
        throw new ModelError("source_changed", `${what} does not say how long it is, so it could not be told whole.`);
      const identity = `${what} ${versionOf(headers).value} ${sizeBytes}`;
      return new HttpFile({ client, url, path, sizeBytes, identity, seen: headers });
    });
  } catch (error) {
    if (error instanceof ModelError && error.code === "source_not_found") return undefined;
    throw error;
  }
}

async function ask(client: HttpClient, url: URL, signal: AbortSignal | undefined): Promise<HttpResponse | undefined> {
  const response = await client.open(url, { headers: { range: "bytes=0-0" }, signal });
  try {
    return await requireStatus(response, 200, 206);
  } catch (error) {
    if (error instanceof RefusedStatus && (error.status === 404 || error.status === 410)) return undefined;
    // Not even its first byte is in it.
    if (error instanceof RefusedStatus && error.status === 416)
      throw new ModelError("weights_empty", `${url.origin}${url.pathname} has 0 bytes.`);
    throw error;
  }
}
