import type { ListFileEntry } from "@huggingface/hub";
import { ModelError } from "@menagerie/core";
import { answerText } from "../http/answer-text.ts";
import type { HttpClient } from "../http/http-client.ts";
import { HttpFile } from "../http/http-file.ts";
import { requireStatus } from "../http/refused-status.ts";
import { retried } from "../http/retries.ts";
import { cachedCopy } from "./hub-cache.ts";
import type { RemoteFile, SourceContext, SourceDigest, SourceRepository, WeightSource } from "./source.ts";

const publicHub = "https://huggingface.co";

/** Hugging Face's hub, or one that speaks as it does: `hf:OWNER/NAME@REVISION`. */
export function hubSource(client: HttpClient): WeightSource {
  return { scheme: "hf", open: (address, context) => openRepository(client, address, context) };
}

async function openRepository(client: HttpClient, address: string, context: SourceContext): Promise<SourceRepository> {
  const { name, revision } = parseHubAddress(address);
  const { env, signal, patience } = context;
  const hubUrl = endpointOf(env);
  const token = tokenOf(env);
  const what = `${name} at ${revision}`;
  // The library asks; what is asked goes through our own client, with its redirects, proxies and ends to waits.
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  // The token goes into our own requests: the library takes those of the public hub alone.
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  const access = { hubUrl, fetch: fetchThrough(client, hubUrl, authorization, signal) };
  const info = await retried(what, token !== undefined, patience, signal, () =>
    modelInfo({ name, revision, additionalFields: ["sha", "cardData", "tags"], ...access }),
  );
  const sha = info.sha ?? "";
  if (!/^[0-9a-f]{40}$/.test(sha))
    throw new ModelError(
      "source_changed",
      `${hubUrl} names no commit of ${what}, so it cannot be pinned. Is it a hub?`,
      {
        details: { repository: name, revision },
      },
    );
  const entries = await retried(what, token !== undefined, patience, signal, async () => {
    const found: ListFileEntry[] = [];
    for await (const entry of listFiles({ repo: { type: "model", name }, revision: sha, recursive: true, ...access }))
      if (entry.type === "file") found.push(entry);
    return found;
  });
  const root = `${hubUrl}/${name}/resolve/${sha}/`;
  const files = await Promise.all(
    entries.map(async (entry): Promise<RemoteFile> => {
      const { path } = entry;
      const digest = digestOf(entry);
      const sizeBytes = entry.lfs?.size ?? entry.size;
      return new HttpFile({
        client,
        url: new URL(root + path.split("/").map(encodeURIComponent).join("/")),
        path,
        sizeBytes,
        digest,
        identity: `${digest?.algorithm ?? name}:${digest?.hex ?? `${sha}/${path}`}:${sizeBytes}`,
        localCopy: await cachedCopy(env, name, sha, path, sizeBytes),
        authorization,
      });
    }),
  );
  return {
    repository: name,
    scheme: "hf",
    revision: sha,
    licence: licenceOf(info.cardData, info.tags),
    isGated: info.gated !== false && info.gated !== undefined,
    page: `${hubUrl}/${name}`,
    files,
    file: async (path) => files.find((file) => file.path === path),
  };
}

/** @throws `input_invalid` */
export function parseHubAddress(address: string): { readonly name: string; readonly revision: string } {
  const [, name, revision = "main"] = /^hf:(?:\/\/)?([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(address) ?? [];
  if (name !== undefined && !name.includes("..") && !revision.includes("..")) return { name, revision };
  throw new ModelError(
    "input_invalid",
    `"${address}" is no repository of a hub: write hf:OWNER/NAME or hf:OWNER/NAME@REVISION.`,
  );
}

/** Where the hub is. @throws `input_invalid` for a HF_ENDPOINT that is no address of the web */
function endpointOf(env: NodeJS.ProcessEnv): string {
  const named = env.HF_ENDPOINT?.trim() || publicHub;
  const url = URL.canParse(named) ? new URL(named) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return named.replace(/\/+$/, "");
  throw new ModelError("input_invalid", `HF_ENDPOINT is "${named}", which is no address: https://hub.example, say.`);
}

function tokenOf(env: NodeJS.ProcessEnv): string | undefined {
  return (env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN)?.trim() || undefined;
}

/** Of large files the hub keeps the sha256; of small ones git's own id. */
function digestOf({ lfs, oid }: ListFileEntry): SourceDigest | undefined {
  if (lfs !== undefined) return { algorithm: "sha256", hex: lfs.oid.replace(/^sha256:/, "").toLowerCase() };
  return oid !== undefined && /^[0-9a-f]{40}$/i.test(oid)
    ? { algorithm: "git-sha1", hex: oid.toLowerCase() }
    : undefined;
}

function licenceOf(cardData: unknown, tags: unknown): string | undefined {
  const { license, license_name } = (cardData ?? {}) as { license?: unknown; license_name?: unknown };
  const [stated] = [license].flat();
  if (stated === "other" && typeof license_name === "string") return license_name;
  if (typeof stated === "string") return stated;
  const tag = Array.isArray(tags) ? tags.find((one) => String(one).startsWith("license:")) : undefined;
  return tag === undefined ? undefined : String(tag).slice("license:".length);
}

/** Pages of a list of files that are asked for: a thousand files each. */
const mostPages = 200;

/** The platform's fetch, as far as the hub's library uses it, through our client. It asks the hub alone, whatever the links in its answers name. */
function fetchThrough(
  client: HttpClient,
  hubUrl: string,
  authorization: string | undefined,
  signal: AbortSignal | undefined,
): typeof fetch {
  let asked = 0;
  return async (input, init) => {
    const url = atHub(new URL(input instanceof Request ? input.url : input), hubUrl);
    asked += 1;
    if (asked > mostPages)
      throw new ModelError("source_changed", `${hubUrl} has a list of more than ${mostPages} pages. Is it a hub?`, {
        details: { url: url.href },
      });
    const headers = Object.fromEntries(new Headers(init?.headers));
    const response = await client.open(url, { headers, authorization, signal });
    await requireStatus(response, 200);
    const text = await answerText(response);
    const kept = ["content-type", "link"].flatMap((name) => {
      const value = response.headers[name];
      return typeof value === "string" ? [[name, value] as [string, string]] : [];
    });
    return new Response(text, { status: response.status, headers: kept });
  };
}

/** A mirror repeats the links of the hub that it mirrors: what they lead to is asked of the mirror, and the token stays there. */
function atHub(asked: URL, hubUrl: string): URL {
  if (asked.origin === new URL(hubUrl).origin) return asked;
  return new URL(hubUrl + asked.pathname.slice(Math.max(0, asked.pathname.indexOf("/api/"))) + asked.search);
}
