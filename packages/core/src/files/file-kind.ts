import { headOf } from "./stand-in.ts";

/** What a file that people name as a model is, by its first bytes, or by its name where these say nothing. */
export type FileKind = "onnx" | "safetensors" | "pickle" | "torch" | "gguf" | "hdf5" | "archive" | "json" | "other";

export const fileKindWords: Readonly<Record<FileKind, string>> = {
  onnx: "an ONNX graph",
  safetensors: "a file of weights (safetensors)",
  pickle: "a PyTorch checkpoint (a pickle, which is never opened here)",
  torch: "a PyTorch checkpoint (a zip of pickles, which are never opened here)",
  gguf: "a GGUF model, for llama.cpp",
  hdf5: "an HDF5 file, as Keras writes it",
  archive: "an archive",
  json: "a file of JSON",
  other: "a file",
};

/** @param size of the file in bytes. A file that cannot be read is told by its name. */
export async function fileKind(path: string, size: number): Promise<FileKind> {
  const head = Buffer.from(await headOf(path).catch(() => new Uint8Array()));
  return (
    kindOfBytes(head, path, size) ?? kindOfName(path) ?? (/^\s*[[{]/.test(head.toString("latin1")) ? "json" : "other")
  );
}

function kindOfBytes(head: Buffer, path: string, size: number): FileKind | undefined {
  const text = head.toString("latin1");
  if (text.startsWith("GGUF")) return "gguf";
  if (text.startsWith("\x89HDF")) return "hdf5";
  if (text.startsWith("PK\x03\x04")) return isTorch(path) || /\/data\.pkl|archive\//.test(text) ? "torch" : "archive";
  if (text.startsWith("\x1f\x8b") || text.slice(257, 262) === "ustar") return "archive";
  // Weights: an 8-byte length, then a JSON header.
  if (head.length > 8 && head[8] === 0x7b && head.readBigUInt64LE() < BigInt(size)) return "safetensors";
  const protocol = head[0] === 0x80 ? (head[1] ?? 0) : 0;
  return protocol >= 2 && protocol <= 5 ? "pickle" : undefined;
}

function kindOfName(path: string): FileKind | undefined {
  if (/\.onnx$/i.test(path)) return "onnx";
  if (/\.safetensors$/i.test(path)) return "safetensors";
  if (/\.(tar|tgz|7z|rar)$/i.test(path)) return "archive";
  return isTorch(path) ? "pickle" : undefined;
}

function isTorch(path: string): boolean {
  return /\.(pt|pth|bin|ckpt|pkl)$/i.test(path);
}
