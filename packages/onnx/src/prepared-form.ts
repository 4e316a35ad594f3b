import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { digestOf, type Log, type ModelSpec, sha256Of, weightsDigest } from "@menagerie/core";
import { engineVersion } from "./engine.ts";
import { type Branch, branches } from "./merged-graph.ts";
import { readOnnxHeader } from "./onnx-header.ts";
import { branchFile, externalWeights, optimised, wholeGraph } from "./optimised-graph.ts";
import { sessionOptions } from "./session-options.ts";

interface Manifest {
  /** What the exporter wrote into the original file, which the optimised one has lost. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly stamp: string }>>;
  /** Empty where the engine cannot read what it wrote, so that the graph is opened from its source. */
  readonly graphs: readonly string[];
}

/** What is known of a prepared form that is there. */
export interface PreparedDescription {
  readonly metadata: Readonly<Record<string, string>>;
  /** Its graph; undefined where it has none that can be read, or has branches. */
  readonly graph: string | undefined;
  /** The graphs of a merged decoder's branches. */
  readonly branches: Readonly<Record<Branch, string>> | undefined;
}

/**
 * The form of one graph that loads fastest: optimised already, with its weights in a file
 * that the operating system maps. Measured on a ResNet-18: 4 to 8 ms to load instead of 114, and processes share its pages.
 * A merged decoder becomes one graph for each branch: with weights in a file of their own, 1.30 writes small constants of
 * graphs within a graph twice, and then refuses the file. Whisper tiny's takes 200 ms of processor time to load instead
 * of 660, and 190 MB instead of 430; both have their weights in one file.
 * Everything that changes it is in its key, so it is never wrong, only absent.
 */
export class PreparedForm {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async of(spec: ModelSpec, graph: string, cacheDir: string): Promise<PreparedForm> {
    const { executionProviders: _, intraOpNumThreads: __, ...options } = sessionOptions("cpu", 1);
    const key = digestOf({
      weights: weightsDigest(spec),
      // By its name alone a graph that was exchanged for another one would be taken for it.
      graph: [graph, spec.local_artifacts.find(({ name }) => name === spec.graphs[graph]?.artifact)?.path],
      engine: await engineVersion(),
      processor: await processorFeatures(),
      options: { ...options, external: externalWeights(wholeGraph) },
      branches: [...branches, "shared"],
    });
    return new PreparedForm(join(cacheDir, "prepared", key.slice("sha256:".length)));
  }

  /** Its description, if it is there and its bytes are those that were written. */
  async whole(): Promise<PreparedDescription | undefined> {
    try {
      const { files, metadata, graphs } = JSON.parse(
        await readFile(join(this.dir, "manifest.json"), "utf8"),
      ) as Manifest;
      const checks = Object.entries(files).map(async ([name, { sha256, stamp }]) => {
        const path = join(this.dir, name);
        return (await stampOf(path)) === stamp || (await sha256Of(path)) === sha256;
      });
      if (!(await Promise.all(checks)).every(Boolean)) return undefined;
      const path = (name: string) => (graphs.includes(name) ? join(this.dir, name) : undefined);
      const [withCache, first] = [path(branchFile("then_branch")), path(branchFile("else_branch"))];
      return {
        metadata,
        graph: path(wholeGraph),
        branches: withCache && first ? { then_branch: withCache, else_branch: first } : undefined,
      };
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
      const header = await readOnnxHeader(source);
      const graphs = await optimised(source, header, draft);
      const files: Record<string, { sha256: string; stamp: string }> = {};
      for (const name of await readdir(draft))
        files[name] = { sha256: await sha256Of(join(draft, name)), stamp: await stampOf(join(draft, name)) };
      await writeFile(
        join(draft, "manifest.json"),
        JSON.stringify({ files, metadata: header.metadata, graphs } satisfies Manifest),
      );
      await rm(this.dir, { recursive: true, force: true });
      await rename(draft, this.dir);
      log.info("a graph was prepared", { source, graphs, ms: Math.round(performance.now() - started) });
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      // Another process was faster between the two steps above.
      if ((await this.whole()) === undefined) throw error;
    }
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
