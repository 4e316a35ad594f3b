import { readFile, statfs, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { digestOf, ModelError, type ModelSpec, weightsDigest } from "@menagerie/core";
import { type NeededForm, type PreparedForm, readInPlace, VerifiedFile } from "@menagerie/core/loader";
import { engineVersion } from "./engine.ts";
import { type Branch, branches } from "./merged-graph.ts";
import type { OnnxHeader } from "./onnx-header.ts";
import { branchFile, externalWeights, optimised, wholeGraph } from "./optimised-graph.ts";
import { sessionOptions } from "./session-options.ts";

/** Raised whenever this package writes forms in another way. */
const layout = 2;

/** What a form says of itself, in a file beside its graphs. */
const descriptionFile = "form.json";

interface Description {
  /** What the exporter wrote into the original file, which the optimised one has lost. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Empty where the engine cannot read what it wrote, so that the graph is opened from its source. */
  readonly graphs: readonly string[];
}

/**
 * The form of one graph that loads fastest: optimised already, with its weights in a file
 * that the operating system maps. Measured on a ResNet-18: 4 to 8 ms to load instead of 114, and processes share its pages.
 * A merged decoder becomes one graph for each branch: with weights in a file of their own, 1.30 writes small constants of
 * graphs within a graph twice, and then refuses the file. Whisper tiny's takes 200 ms of processor time to load instead
 * of 660, and 190 MB instead of 430; both have their weights in one file.
 * Everything that changes it is in its key, so it is never wrong, only absent.
 */
export async function neededForm(spec: ModelSpec, graph: string): Promise<NeededForm> {
  const { executionProviders: _, intraOpNumThreads: __, ...options } = sessionOptions("cpu", 1);
  const version = await engineVersion();
  const key = digestOf({
    layout,
    weights: weightsDigest(spec),
    graph,
    declaration: spec.graphs[graph],
    artifacts: spec.local_artifacts.map(({ name, path, sha256 }) => [name, path, sha256 ?? ""]),
    engine: version,
    platform: `${process.platform}-${process.arch}`,
    processor: await processorFeatures(),
    options: { ...options, external: externalWeights(wholeGraph) },
    branches: [...branches, "shared"],
  });
  const { model_name: model, model_version } = spec;
  return {
    key: key.slice("sha256:".length),
    about: { model, model_version, graph, engine: "onnxruntime", engine_version: version },
  };
}

/**
 * Writes the form of a graph into an empty folder.
 * @param source path of the graph's file
 * @throws Error, with the code ENOSPC where the disk is full: the engine says so in words of its own, or not at all
 */
export async function makeForm(source: string, header: OnnxHeader, folder: string): Promise<readonly string[]> {
  try {
    const graphs = await optimised(source, header, folder);
    await writeFile(
      join(folder, descriptionFile),
      JSON.stringify({ metadata: header.metadata, graphs } satisfies Description),
    );
    return graphs;
  } catch (error) {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize > 1 << 20) throw error;
    throw Object.assign(new Error(`the disk of ${folder} is full (${bavail * bsize} bytes free)`), { code: "ENOSPC" });
  }
}

/** A prepared form whose files were opened and checked against the digests that its host gave with it. */
export class CheckedForm implements Disposable {
  readonly metadata: Readonly<Record<string, string>>;
  readonly #files: ReadonlyMap<string, VerifiedFile>;
  readonly #graphs: readonly string[];

  private constructor(files: ReadonlyMap<string, VerifiedFile>, { metadata, graphs }: Description) {
    this.#files = files;
    this.#graphs = graphs;
    this.metadata = metadata;
  }

  /** @throws `weights_digest_mismatch` for a file that is gone, or is not the one that was vouched for */
  static async open({ dir, files }: PreparedForm): Promise<CheckedForm> {
    const opened = new Map<string, VerifiedFile>();
    try {
      for (const [name, expected] of Object.entries(files)) {
        const path = join(dir, name);
        const file = await VerifiedFile.open(path, { known: expected }).catch((cause: unknown): never => {
          throw formChanged(path, expected.sha256, undefined, cause);
        });
        opened.set(name, file);
        if (file.sha256 !== expected.sha256) throw formChanged(path, expected.sha256, file.sha256);
      }
      const description = opened.get(descriptionFile);
      if (description === undefined) throw formChanged(join(dir, descriptionFile), "", undefined);
      return new CheckedForm(opened, JSON.parse(await readFile(description.path, "utf8")) as Description);
    } catch (error) {
      for (const file of opened.values()) file[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether it has a graph that the engine can read: one, or one for each branch of a merged decoder. */
  get shape(): "whole" | "branches" | "source" {
    if (this.#graphs.includes(wholeGraph)) return "whole";
    return branches.every((branch) => this.#graphs.includes(branchFile(branch))) ? "branches" : "source";
  }

  /** Lets `read` open one of its graphs, with its weights beside it. @throws `weights_digest_mismatch` */
  read<T extends AsyncDisposable>(graph: "whole" | Branch, read: (path: string) => Promise<T>): Promise<T> {
    const name = graph === "whole" ? wholeGraph : branchFile(graph);
    const file = this.#files.get(name);
    if (file === undefined) throw new TypeError(`a prepared form lacks its file ${name}`);
    const weights = [...this.#files].filter(([other]) => other.endsWith("_data")).map(([, data]) => data);
    return readInPlace(file, weights, read, (opened) => opened[Symbol.asyncDispose]());
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
  }
}

let features: Promise<string> | undefined;

/** Optimised graphs and packed weights fit the processor that they were made on. */
export function processorFeatures(): Promise<string> {
  features ??= readFeatures();
  return features;
}

async function readFeatures(): Promise<string> {
  const info = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  return info.match(/^(?:flags|Features)\s*:\s*(.*)$/m)?.[1] ?? `${process.arch} ${cpus()[0]?.model ?? ""}`;
}

function formChanged(path: string, expected: string, actual: string | undefined, cause?: unknown): ModelError {
  return new ModelError(
    "weights_digest_mismatch",
    `${path} is not the file that was prepared: its sha256 is ${actual ?? "unknown, for it cannot be read"}, prepared ` +
      `was ${expected}. Load the model again: the form is then made anew.`,
    { details: { path, expected, actual }, cause },
  );
}
