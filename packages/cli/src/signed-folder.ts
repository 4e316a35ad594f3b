import { readFile, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { ModelError, systemError } from "@menagerie/core";

/** What git keeps in a folder, which is no part of a model. */
export const gitPaths: readonly string[] = [".git", ".gitattributes", ".github", ".gitignore"];

/** @returns its absolute path. @throws `input_invalid` for what is no folder */
export async function requireFolder(given: string): Promise<string> {
  const folder = resolve(given);
  const info = await stat(folder).catch((error: unknown) => {
    throw systemError(`${folder} cannot be read`, error, { code: "input_invalid" });
  });
  if (info.isDirectory()) return folder;
  throw new ModelError("input_invalid", `${folder} is no folder. Name the one that has the model's files.`);
}

/** Paths in a folder, with forward slashes, of those files that lie in it. */
export function pathsIn(folder: string, files: readonly string[]): readonly string[] {
  const paths = files.map((file) => relative(folder, file).split(sep).join("/"));
  return paths.filter((path) => path !== "" && path !== ".." && !path.startsWith("../"));
}

/** The text of a file that a person named. @throws `input_invalid` */
export async function readNamed(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw systemError(`${file} cannot be read`, error, { code: "input_invalid" });
  });
}
