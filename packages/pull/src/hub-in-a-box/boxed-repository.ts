import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A repository as it is given to a hub in a box. */
export interface BoxedRepository {
  /** Its files lie here. */
  readonly folder?: string | undefined;
  /** Files besides, by their paths. */
  readonly files?: Readonly<Record<string, Uint8Array | string>> | undefined;
  readonly licence?: string | undefined;
  /** Only who sends the hub's token gets its files. */
  readonly gated?: boolean | undefined;
  readonly private?: boolean | undefined;
  /** Branches and tags besides main. */
  readonly branches?: readonly string[] | undefined;
}

/** A file of a repository, with what a hub knows of it. */
export class BoxedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly gitSha1: string;
  /** The hub keeps it outside of git, and gives it from a content network. */
  readonly isLarge: boolean;
  readonly #content: Uint8Array | string;

  private constructor(path: string, content: Uint8Array | string, size: number, sha256: string, gitSha1: string) {
    this.path = path;
    this.sizeBytes = size;
    this.sha256 = sha256;
    this.gitSha1 = gitSha1;
    this.isLarge = size > 10_000 || /\.(onnx|onnx_data|safetensors|bin)$/.test(path);
    this.#content = content;
  }

  /** @param content its bytes, or the path of a file that has them */
  static async of(path: string, content: Uint8Array | string): Promise<BoxedFile> {
    const size = typeof content === "string" ? (await stat(content)).size : content.length;
    const sha256 = createHash("sha256");
    const gitSha1 = createHash("sha1").update(`blob ${size}\0`);
    for await (const bytes of bytesOf(content, 0, size)) {
      sha256.update(bytes);
      gitSha1.update(bytes);
    }
    return new BoxedFile(path, content, size, sha256.digest("hex"), gitSha1.digest("hex"));
  }

  read(start: number, end: number): AsyncIterable<Uint8Array> {
    return bytesOf(this.#content, start, end);
  }
}

async function* bytesOf(content: Uint8Array | string, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (end <= start) return;
  if (typeof content !== "string") yield content.subarray(start, end);
  else yield* createReadStream(content, { start, end: end - 1, highWaterMark: 1 << 20 });
}

/** The files of a repository, and the commit that they are. */
export async function boxedFiles(
  repository: BoxedRepository,
): Promise<{ readonly sha: string; readonly files: ReadonlyMap<string, BoxedFile> }> {
  const given: [string, Uint8Array | string][] = [];
  if (repository.folder !== undefined)
    for (const entry of await readdir(repository.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      given.push([relative(repository.folder, file).split(sep).join("/"), file]);
    }
  for (const [path, content] of Object.entries(repository.files ?? {}))
    given.push([path, typeof content === "string" ? await readFile(content) : content]);
  const files = new Map<string, BoxedFile>();
  for (const [path, content] of given.sort(([a], [b]) => (a < b ? -1 : 1)))
    files.set(path, await BoxedFile.of(path, content));
  const commit = createHash("sha1");
  for (const file of files.values()) commit.update(`${file.path} ${file.sha256}\n`);
  return { sha: commit.digest("hex"), files };
}
