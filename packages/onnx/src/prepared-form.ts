import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { digestOf, type Log, type ModelSpec, sha256Of, weightsDigest } from "@menagerie/core";
import { engineVersion, loadEngine } from "./engine.ts";
import { readOnnxHeader } from "./onnx-header.ts";
import { preparedSessionOptions, sessionOptions } from "./session-options.ts";

/**
 * What is asked of the engine besides the session's own options; part of the key. Weights of fewer than 1024 bytes stay in
 * the graph's file. Saving the weights as the kernels pack them (`save_external_prepacked_constant_initializers`) is left
 * out: with 1.30 the text towers of CLIPs then end the process by SIGSEGV, and a ResNet-18 loads no faster for it.
 */
const external = {
  optimized_model_external_initializers_file_name: "graph.onnx_data",
  optimized_model_external_initializers_min_size_in_bytes: "1024",
};

interface Manifest {
  /** What the exporter wrote into the original file, which the optimised one has lost. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly stamp: string }>>;
  /** True where the engine cannot read what it wrote, so that the graph is opened from its source. */
  readonly isUnreadable?: boolean;
}

/** What is known of a prepared form that is there. */
export interface PreparedDescription {
  readonly metadata: Readonly<Record<string, string>>;
  readonly isUnreadable: boolean;
}

/**
 * The form of one graph that loads fastest: optimised already, with its weights in a file
 * that the operating system maps. Measured on a ResNet-18: 4 to 8 ms to load instead of 114, and processes share its pages.
 * Everything that changes it is in its key, so it is never wrong, only absent.
 */
export class PreparedForm {
  readonly dir: string;
  readonly graphFile: string;

  private constructor(dir: string) {
    this.dir = dir;
    this.graphFile = join(dir, "graph.onnx");
  }

  static async of(spec: ModelSpec, graph: string, cacheDir: string): Promise<PreparedForm> {
    const { executionProviders: _, intraOpNumThreads: __, ...options } = sessionOptions("cpu", 1);
    const key = digestOf({
      weights: weightsDigest(spec),
      graph,
      engine: await engineVersion(),
      processor: await processorFeatures(),
      options: { ...options, external },
    });
    return new PreparedForm(join(cacheDir, "prepared", key.slice("sha256:".length)));
  }

  /** Its description, if it is there and its bytes are those that were written. */
  async whole(): Promise<PreparedDescription | undefined> {
    try {
      const {
        files,
        metadata,
        isUnreadable = false,
      } = JSON.parse(await readFile(join(this.dir, "manifest.json"), "utf8")) as Manifest;
      const checks = Object.entries(files).map(async ([name, { sha256, stamp }]) => {
        const path = join(this.dir, name);
        return (await stampOf(path)) === stamp || (await sha256Of(path)) === sha256;
      });
      return (await Promise.all(checks)).every(Boolean) ? { metadata, isUnreadable } : undefined;
    } catch {
      // No manifest, or one whose files are gone: it is made anew.
      return undefined;
    }
  }

  /** Makes it. Whoever makes it at the same time makes the same; the last one's stays. */
  async make(source: string, log: Log): Promise<void> {
    const started = performance.now();
    const draft = join(this.dir, "..", `.draft-${randomUUID()}`);
    await mkdir(draft, { recursive: true });
    try {
      await optimise(source, join(draft, "graph.onnx"));
      const isUnreadable = !(await opens(join(draft, "graph.onnx")));
      if (isUnreadable) for (const name of await readdir(draft)) await rm(join(draft, name));
      const files: Record<string, { sha256: string; stamp: string }> = {};
      for (const name of await readdir(draft))
        files[name] = { sha256: await sha256Of(join(draft, name)), stamp: await stampOf(join(draft, name)) };
      await writeFile(
        join(draft, "manifest.json"),
        JSON.stringify({ files, metadata: (await readOnnxHeader(source)).metadata, isUnreadable } satisfies Manifest),
      );
      await rm(this.dir, { recursive: true, force: true });
      await rename(draft, this.dir);
      log.info("a graph was prepared", { source, isUnreadable, ms: Math.round(performance.now() - started) });
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      // Another process was faster between the two steps above.
      if ((await this.whole()) === undefined) throw error;
    }
  }
}

async function optimise(source: string, target: string): Promise<void> {
  const engine = await loadEngine();
  const options = sessionOptions("cpu", 1);
  const session = await engine.InferenceSession.create(source, {
    ...options,
    optimizedModelFilePath: target,
    extra: {
      session: {
        ...(options.extra as { session: Record<string, unknown> }).session,
        ...external,
      },
    },
  });
  await session.release();
}

/**
 * With weights in a file of their own, 1.30 writes small constants of graphs within a graph (a merged decoder has two) twice,
 * and then refuses the file. In one file it could be read, but takes longer than the source: both branches have their weights.
 */
async function opens(file: string): Promise<boolean> {
  const engine = await loadEngine();
  try {
    const session = await engine.InferenceSession.create(file, preparedSessionOptions("cpu", 1));
    await session.release();
    return true;
  } catch {
    return false;
  }
}

/** Identity of a file's bytes as the file system keeps it; renaming its folder does not change it. */
async function stampOf(path: string): Promise<string> {
  const info = await stat(path, { bigint: true });
  return `${info.dev}:${info.ino}:${info.size}:${info.mtimeNs}:${info.ctimeNs}`;
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
