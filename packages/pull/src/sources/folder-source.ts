import type { BigIntStats } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError, systemError } from "@menagerie/core";
import type { RemoteFile, SourceRepository, WeightSource } from "./source.ts";

/** A folder of this machine, a share or a stick: `file:///mnt/models/clip`. */
export const folderSource: WeightSource = {
  scheme: "file",
  open: async (address): Promise<SourceRepository> => {
    const folder = folderOf(address);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
      throw systemError(`The folder ${folder} cannot be read`, cause, { code: "source_not_found" });
    });
    const files = await Promise.all(
      entries
        .filter((entry) => !entry.isDirectory())
        .map(async (entry) => localFile(folder, join(entry.parentPath, entry.name))),
    );
    const found = files.filter((file) => file !== undefined);
    return { repository: folder, files: found, file: async (path) => found.find((file) => file.path === path) };
  },
};

/** @throws `input_invalid` */
function folderOf(address: string): string {
  try {
    return address.startsWith("file://") ? fileURLToPath(address) : resolve(address.slice("file:".length));
  } catch (cause) {
    throw new ModelError("input_invalid", `"${address}" is no path: write file:///folder.`, { cause });
  }
}

async function localFile(folder: string, file: string): Promise<RemoteFile | undefined> {
  const info = await stat(file, { bigint: true }).catch(() => undefined);
  if (info?.isFile() !== true) return undefined;
  const identity = identityOf(info);
  const changed = (): ModelError =>
    new ModelError(
      "source_changed",
      `${file} was changed while it was being copied. Nothing of it was taken; pull again.`,
      {
        details: { path: file },
      },
    );
  return {
    path: relative(folder, file).split(sep).join("/"),
    sizeBytes: Number(info.size),
    identity,
    read: async (start, end) => {
      const handle = await open(file, "r");
      const isSame = async (): Promise<boolean> => identityOf(await handle.stat({ bigint: true })) === identity;
      if (!(await isSame())) {
        await handle.close();
        throw changed();
      }
      const bytes = handle.createReadStream({ start, end: end - 1, highWaterMark: 1 << 20, autoClose: false });
      async function* body(): AsyncGenerator<Uint8Array> {
        try {
          for await (const part of bytes) yield part as Uint8Array;
          // Bytes of two states of a file would be taken for one, as nobody has said what it should be.
          if (!(await isSame())) throw changed();
        } finally {
          await handle.close();
        }
      }
      return {
        start,
        body: body(),
        cancel: () => {
          bytes.destroy();
          void handle.close().catch(() => {});
        },
      };
    },
  };
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `file:${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}
