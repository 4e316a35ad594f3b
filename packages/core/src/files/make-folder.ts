import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isAbsent, systemError } from "../contract/system-error.ts";

/**
 * Makes a folder and those above it; harmless where it is there. Node says "no such file" of a folder on a read-only file
 * system, because it looks above for the one to begin with: the reason told here is that of the first one that is missing.
 * @param what it is, for the message: "The cache folder"
 * @param remedy where the caller knows a better one than the error number has
 * @throws `system_error`
 */
export async function makeFolder(folder: string, what: string, remedy?: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw systemError(
      `${what} ${folder} cannot be made`,
      await firstObstacle(resolve(folder), thrown),
      remedy === undefined ? {} : { remedy },
    );
  }
}

async function firstObstacle(folder: string, thrown: unknown): Promise<unknown> {
  if (!isAbsent(thrown)) return thrown;
  for (let missing = folder; ; missing = dirname(missing)) {
    const obstacle: unknown = await mkdir(missing).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!isAbsent(obstacle) || dirname(missing) === missing) return obstacle ?? thrown;
  }
}
