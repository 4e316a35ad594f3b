import { realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * A file that another program of the hub's has on this machine already: HF_HUB_CACHE, else `hub` in HF_HOME, else the user's cache.
 * Its size is the declared one; its bytes are for the caller to verify.
 */
export async function cachedCopy(
  env: NodeJS.ProcessEnv,
  repository: string,
  revision: string,
  path: string,
  sizeBytes: number,
): Promise<string | undefined> {
  const cache = cacheFolder(env);
  if (cache === undefined) return undefined;
  const folder = join(cache, `models--${repository.replaceAll("/", "--")}`);
  const place = resolve(folder, "snapshots", revision, path);
  if (!place.startsWith(folder)) return undefined;
  try {
    const file = await realpath(place);
    const info = await stat(file);
    return info.isFile() && info.size === sizeBytes ? file : undefined;
  } catch {
    // What is not in a cache, or cannot be read there, is fetched.
    return undefined;
  }
}

function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const named = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  if (named) return named;
  if (env.HF_HOME) return join(env.HF_HOME, "hub");
  const cache = env.XDG_CACHE_HOME || (env.HOME ? join(env.HOME, ".cache") : undefined);
  return cache === undefined ? undefined : join(cache, "huggingface", "hub");
}
