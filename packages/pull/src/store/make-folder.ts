import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it. Not by `mkdir` with `recursive`: where a file system refuses new folders by saying that there is
 * no such folder (`/proc`), that asks for ever.
 * @throws the system's errors
 */
export async function makeFolder(path: string): Promise<void> {
  const above = dirname(path);
  if (above === path || (await isMade(path))) return;
  if (!(await isFolder(above))) await makeFolder(above);
  // Once more: whether somebody has made the one above meanwhile, or we have.
  if (!(await isMade(path))) await mkdir(path);
}

/** False where there is no folder to make it in. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (await isFolder(path)) return true;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() === true;
}
