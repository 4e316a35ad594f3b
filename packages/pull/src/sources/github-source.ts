import { ModelError } from "@menagerie/core";
import { answerText } from "../http/answer-text.ts";
import type { HttpClient } from "../http/http-client.ts";
import { HttpFile } from "../http/http-file.ts";
import { requireStatus } from "../http/refused-status.ts";
import { retried } from "../http/retries.ts";
import type { RemoteFile, SourceContext, SourceRepository, WeightSource } from "./source.ts";

interface Tree {
  readonly truncated?: boolean;
  readonly tree?: readonly {
    readonly path?: string;
    readonly type?: string;
    readonly sha?: string;
    readonly size?: number;
  }[];
}

/** Files of a repository at GitHub: `github:OWNER/NAME@REVISION`. GITHUB_TOKEN is sent where it is set. */
export function githubSource(client: HttpClient): WeightSource {
  return { scheme: "github", open: (address, context) => openRepository(client, address, context) };
}

async function openRepository(client: HttpClient, address: string, context: SourceContext): Promise<SourceRepository> {
  const [, name, revision = "HEAD"] = /^github:(?:\/\/)?([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(address) ?? [];
  if (name === undefined || address.includes(".."))
    throw new ModelError("input_invalid", `"${address}" is no repository: write github:OWNER/NAME@REVISION.`);
  const { env, signal, patience } = context;
  const token = env.GITHUB_TOKEN?.trim() || undefined;
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  const api = (env.GITHUB_API_URL?.trim() || "https://api.github.com").replace(/\/+$/, "");
  const raw = (env.GITHUB_RAW_URL?.trim() || "https://raw.githubusercontent.com").replace(/\/+$/, "");
  const what = `${name} at ${revision}`;
  const json = <T>(path: string): Promise<T> =>
    retried(what, token !== undefined, patience, signal, async () => {
      const headers = { accept: "application/vnd.github+json" };
      const response = await client.open(new URL(`${api}/repos/${name}/${path}`), { headers, authorization, signal });
      await requireStatus(response, 200);
      return JSON.parse(await answerText(response)) as T;
    });
  const { sha = "" } = await json<{ sha?: string }>(`commits/${encodeURIComponent(revision)}`);
  if (!/^[0-9a-f]{40}$/.test(sha))
    throw new ModelError("source_changed", `${api} names no commit of ${what}, so it cannot be pinned.`);
  const { tree = [] } = await json<Tree>(`git/trees/${sha}?recursive=1`);
  const files = tree.flatMap(({ path, type, sha: id, size }): RemoteFile[] => {
    if (type !== "blob" || path === undefined || id === undefined || size === undefined) return [];
    const url = new URL(`${raw}/${name}/${sha}/${path.split("/").map(encodeURIComponent).join("/")}`);
    const digest = { algorithm: "git-sha1" as const, hex: id };
    return [new HttpFile({ client, url, path, sizeBytes: size, digest, identity: `git-sha1:${id}:${size}` })];
  });
  return {
    repository: name,
    scheme: "github",
    revision: sha,
    page: `https://github.com/${name}`,
    files,
    file: async (path) => files.find((file) => file.path === path),
  };
}
