import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelSpec, parseModelSpec } from "@menagerie/core";
import type { HttpClientOptions } from "../http/http-client.ts";
import { carryOut, type PulledModel, type PullOptions } from "../pull-model.ts";
import { type PullPlan, planPull } from "../pull-plan.ts";
import { originAddress } from "../repository-path.ts";
import { Sources } from "../sources/open-source.ts";
import { Store } from "../store/store.ts";
import type { BoxedRepository } from "./boxed-repository.ts";
import { HubInABox, type HubOptions } from "./hub-in-a-box.ts";

export interface BoxedPullOptions extends Omit<Partial<PullOptions>, "env">, Omit<HttpClientOptions, "env"> {
  readonly spec?: ModelSpec | undefined;
}

/** A hub in a box with one repository, `acme/model`, a folder of models, and pulls from the one into the other: for tests. */
export class BoxedPull implements AsyncDisposable {
  readonly hub: HubInABox;
  readonly root: string;
  readonly store: Store;
  readonly env: Record<string, string>;

  private constructor(hub: HubInABox, root: string) {
    this.hub = hub;
    this.root = root;
    this.store = new Store(root);
    this.env = { HF_ENDPOINT: hub.address };
  }

  static async of(repository: BoxedRepository, options: HubOptions = {}): Promise<BoxedPull> {
    const hub = await HubInABox.start({ "acme/model": repository }, options);
    return new BoxedPull(hub, await mkdtemp(join(tmpdir(), "menagerie-pull-")));
  }

  /** Waits are short, as nothing here is far away. */
  async pull({ spec = specOf(), ...options }: BoxedPullOptions = {}): Promise<PulledModel> {
    using sources = new Sources([], { ...options, env: this.env });
    const plan = await this.plan({ spec, ...options }, sources);
    const patience = { firstWaitMs: 1, ...options.patience };
    return await carryOut(plan, this.store, { pieceBytes: 20_000, ...options, env: this.env, patience });
  }

  async plan({ spec = specOf(), ...options }: BoxedPullOptions, sources: Sources): Promise<PullPlan> {
    const patience = { firstWaitMs: 1, ...options.patience };
    const repository = await sources.open(originAddress(spec), { env: this.env, patience });
    return planPull(spec, repository, this.store);
  }

  /** Files under the root, those of the store by its own names. */
  async files(): Promise<string[]> {
    const all = await readdir(this.root, { recursive: true, withFileTypes: true });
    const files = all.filter((entry) => !entry.isDirectory());
    return files.map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1)).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub[Symbol.asyncDispose]();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A spec of a model that has one graph, `onnx/model.onnx` of `acme/model`, and what is changed of it. */
export function specOf(changed: Readonly<Record<string, unknown>> = {}): ModelSpec {
  return parseModelSpec(
    {
      ...{
        model_name: "small",
        model_version: "1",
        role: "r",
        tasks: ["embed-text"],
        loader: "l",
        runtime: "inprocess",
      },
      ...{ engine: "onnx", precision: "fp32", device_policy: "cpu", resource_requirements: { vram_mb: 0, ram_mb: 1 } },
      licence: { id: "MIT" },
      origin: { repository: "acme/model", revision: "main" },
      local_artifacts: [{ name: "model", path: "small/onnx/model.onnx" }],
      ...changed,
    },
    "the test",
  );
}

/** Bytes that tell their places. */
export function weights(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 24);
}
