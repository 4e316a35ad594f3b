import { folderDigest } from "./folder-digest.ts";
import { VerifiedFile } from "./verified-file.ts";

/** Lower-case hexadecimal sha256 of a file, or for a folder of its manifest (`folderDigest`). @throws what reading it throws */
export async function sha256Of(path: string, kind: "file" | "dir" = "file"): Promise<string> {
  if (kind === "dir") return (await folderDigest(path)).sha256;
  using file = await VerifiedFile.open(path);
  return file.sha256;
}
