import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { shellWord } from "../adopt/shell-word.ts";
import { ModelError } from "../contract/model-error.ts";
import { nearest } from "../contract/schema-issue.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";
import { type FileKind, fileKind, fileKindWords } from "../files/file-kind.ts";
import { inUnits, standInFor } from "../files/stand-in.ts";

/**
 * The absolute path of the folder that a person named, if it is one.
 * @param named as it was typed: a path, or what people name in its place
 * @throws ModelError `checkpoint_invalid` for an address, a hub's name, a file or a folder that is not there, with what to name instead
 */
export async function checkpointPlace(named: string): Promise<string> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(named)) throw refusal(named, "address", await addressWords(named));
  const path = resolve(named);
  const info = await stat(path).catch((error: unknown) => {
    if (isAbsent(error) || (error as { code?: unknown }).code === "ENOTDIR") return undefined;
    throw systemError(`${named} cannot be read`, error, { code: "checkpoint_invalid", details: { folder: path } });
  });
  if (info === undefined) throw refusal(named, "missing", await missingWords(named, path));
  if (!info.isDirectory()) throw refusal(named, "file", await fileWords(named, path, info.size));
  return path;
}

function refusal(named: string, found: string, words: string): ModelError {
  return new ModelError("checkpoint_invalid", words, { details: { folder: named, found } });
}

const howToGet = (name: string): string =>
  `Nothing is fetched here. Get its files first, for example with \`hf download ${name} --local-dir ${name.split("/").at(-1)}\` (of the Python package huggingface_hub), and adopt that folder.`;

async function addressWords(named: string): Promise<string> {
  const hub = /^https?:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/([\w.-]+\/[\w.-]+)/i.exec(named)?.[1];
  if (hub !== undefined)
    return `${named} is an address, and zoo adopt takes a folder on this machine. ${howToGet(hub)}`;
  return `${named} is an address, and zoo adopt takes a folder on this machine. Nothing is fetched here: download its files (git clone with git-lfs, or each file) into a folder, and adopt that.`;
}

async function missingWords(named: string, path: string): Promise<string> {
  const parent = dirname(path);
  const siblings = await readdir(parent, { withFileTypes: true }).catch(() => undefined);
  if (siblings === undefined) {
    if (/^[A-Za-z0-9][\w.-]*\/[\w.-]+$/.test(named))
      return `There is no folder ${named} here. If it is a model's name on a hub: ${howToGet(named).replace(/^N/, "n")}`;
    const there = await nearestThere(parent);
    return `There is no folder ${named}: its path ends at ${there}.`;
  }
  const folders = siblings.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const near = closest(basename(path), folders);
  if (near !== undefined) return `There is no folder ${named}. Did you mean ${join(dirname(named), near)}?`;
  const known = folders.filter((name) => !name.startsWith(".") && name !== "node_modules").sort();
  const list = known.length === 0 ? "no folder" : `${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}`;
  return `There is no folder ${named}. ${parent} has ${list}.`;
}

function closest(name: string, folders: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const wanted = plain(name);
  return (
    folders.find((folder) => plain(folder) === wanted) ??
    nearest(name, folders) ??
    folders.find((folder) => wanted.length >= 4 && plain(folder).startsWith(wanted))
  );
}

async function nearestThere(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const info = await stat(place).catch(() => undefined);
    if (info !== undefined || dirname(place) === place) return place;
  }
}

/** What a file is, and what to name in its place. */
async function fileWords(named: string, path: string, size: number): Promise<string> {
  const standIn = await standInFor(path).catch(() => undefined);
  if (standIn !== undefined) return `${named} ${standIn.problem}. ${standIn.remedy}`;
  const folder = dirname(named);
  const kind = await fileKind(path, size);
  if (kind === "onnx") {
    const inFolder = basename(dirname(path)) === "onnx" ? dirname(folder) : folder;
    const file = inFolder === folder ? basename(path) : `onnx/${basename(path)}`;
    return `${named} is an ONNX graph (${inUnits(size)}), and zoo adopt takes the folder that it lies in. Name that, and the graph with --file: zoo adopt ${shellWord(inFolder)} --file ${shellWord(file)}`;
  }
  const remedy = remedies[kind].replaceAll("DIR", shellWord(folder));
  return `${named} is ${fileKindWords[kind]} (${inUnits(size)}), and zoo adopt takes a folder. ${remedy}`;
}

const exportIt =
  "Weights alone are no graph: export the model to ONNX (`optimum-cli export onnx --model DIR DIR` for one of transformers, `yolo export model=… format=onnx` for one of ultralytics), and adopt the folder with the graph.";

const remedies: Readonly<Record<Exclude<FileKind, "onnx">, string>> = {
  safetensors: exportIt,
  pickle: exportIt,
  torch: exportIt,
  gguf: "No engine here opens it: adopt the folder of an ONNX conversion of the same model.",
  hdf5: "Export the model to ONNX (tf2onnx), and adopt the folder with the graph.",
  archive: "Unpack it, and adopt the folder that comes out.",
  json: "Adopt the folder that it lies in: zoo adopt DIR",
  other: "Adopt the folder that the model's files lie in: zoo adopt DIR",
};

/**
 * What a folder that no family fits has in it, for the person who named it: nothing, weights without a graph, or graphs further down.
 * @returns undefined where it says nothing that the refusal does not
 */
export async function whatIsThere(folder: string): Promise<string | undefined> {
  const files = await filesOf(folder, 5);
  if (files.length === 0) return `${folder} has no files.`;
  const graphs = files.filter((file) => file.endsWith(".onnx"));
  if (graphs.length === 0) {
    const weights = files.filter((file) => /\.(safetensors|bin|pt|pth|ckpt|gguf|h5)$/.test(file));
    return weights.length === 0
      ? undefined
      : `It has ${some(weights)} and no .onnx file. ${exportIt.replaceAll("DIR", shellWord(folder))}`;
  }
  if (graphs.some((file) => !file.includes("/") || file.startsWith("onnx/")))
    return `It has the graphs ${some(graphs)}.`;
  const below = dirname(graphs[0] ?? "").replace(/\/onnx$/, "");
  return `Its graphs lie further down (${some(graphs)}): adopt ${shellWord(join(folder, below))}.`;
}

function some(files: readonly string[]): string {
  return `${files.slice(0, 6).join(", ")}${files.length > 6 ? ", …" : ""}`;
}

/** Paths below a folder, with `/` whatever the system; what cannot be read is left out. */
async function filesOf(folder: string, depth: number, below = ""): Promise<string[]> {
  const entries: Dirent[] = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name)).slice(0, 500)) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (depth > 0) found.push(...(await filesOf(folder, depth - 1, path)));
    } else found.push(path);
  }
  return found;
}
