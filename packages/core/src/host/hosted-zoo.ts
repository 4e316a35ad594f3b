import type { AdoptedCheckpoint } from "../adopt.ts";
import type { Device } from "../device.ts";
import { isModelError, ModelError, toModelError } from "../model-error.ts";
import type { ModelSpec, Precision } from "../model-spec.ts";
import type { ResolvedModel } from "../resolved-model.ts";
import { parseTaskInput, type TaskInput, type TaskName } from "../tasks/vocabulary.ts";
import type { Answer } from "./answer.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { Clock } from "./clock.ts";
import type { DeviceInfo } from "./device-probe.ts";
import { artifactsRoot } from "./folders.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Keeping, Resident } from "./manager/resident.ts";
import { ModelLease, requireTask } from "./model-lease.ts";
import { resolveDevice } from "./resolve-device.ts";
import type { ModuleReference, RunnerPool } from "./runner.ts";
import { warmOrder } from "./unserved-models.ts";
import type { AskOptions, GetOptions, Zoo, ZooEvent } from "./zoo-api.ts";
import type { ZooEvents } from "./zoo-events.ts";
import { keptOnDemand, namedPlugin, type ZooMembers } from "./zoo-members.ts";
import { snapshot } from "./zoo-snapshot.ts";
import type { ZooStatus } from "./zoo-status.ts";

export interface HostedZooParts {
  readonly name: string;
  readonly members: ZooMembers;
  readonly problems: readonly ModelError[];
  readonly manager: ModelManager;
  readonly pool: RunnerPool;
  readonly clock: Clock;
  readonly events: ZooEvents;
  readonly devices: readonly DeviceInfo[];
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
  modulesOf(entry: CatalogueEntry): Promise<{ plugin: ModuleReference; engines: ModuleReference[] }>;
  /** Folder of the artifacts of every spec that is added; the spec's own where left out. */
  readonly addedRoot: string | undefined;
  /** Folder of the artifacts of specs that name none; undefined where nothing says which. */
  readonly modelsRoot: string | undefined;
  stop(): Promise<void>;
}

/** The zoo that runs in this process. Puts questions to the manager; decides nothing itself. */
export class HostedZoo implements Zoo {
  readonly #parts: HostedZooParts;
  #closed: Promise<void> | undefined;

  constructor(parts: HostedZooParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get models(): readonly ModelSpec[] {
    return this.#catalogue.entries.map((entry) => entry.spec);
  }

  get problems(): readonly ModelError[] {
    return this.#parts.problems;
  }

  find(nameOrRole: string): ModelSpec {
    return this.#catalogue.find(nameOrRole).spec;
  }

  artifactsRoot(nameOrRole: string): string {
    const { spec, file } = this.#catalogue.find(nameOrRole);
    return artifactsRoot(spec, file, this.#parts.modelsRoot);
  }

  async get(nameOrRole: string, options: GetOptions = {}): Promise<ModelLease> {
    const { manager, clock, events } = this.#parts;
    const resident = this.#resident(nameOrRole);
    const started = clock.now();
    const deadline = started + (options.deadlineMs ?? Number.POSITIVE_INFINITY);
    await manager.acquire(resident, { priority: options.priority, deadline, signal: options.signal });
    return new ModelLease({ manager, resident, clock, events, loadMs: clock.now() - started });
  }

  async run<Name extends TaskName>(
    nameOrRole: string,
    task: Name,
    input: TaskInput<Name>,
    options: AskOptions<Name> = {},
  ): Promise<Answer<Name>> {
    const { clock } = this.#parts;
    // What is wrong with the question is said before anything is loaded for it.
    const { spec } = this.#catalogue.find(nameOrRole);
    const parsed = parseTaskInput(task, input);
    requireTask(spec.model_name, spec.tasks, task);
    const started = clock.now();
    await using lease = await this.get(nameOrRole, options);
    const { signal, deadlineMs, onPart } = options;
    return await lease.run(task, parsed, {
      ...(onPart === undefined ? {} : { onPart }),
      ...(signal === undefined ? {} : { signal }),
      ...(deadlineMs === undefined ? {} : { deadlineMs: Math.max(0, deadlineMs - (clock.now() - started)) }),
    });
  }

  async load(name: string, options: GetOptions = {}): Promise<ResolvedModel> {
    await using lease = await this.get(name, options);
    this.#parts.manager.pin(this.#resident(name));
    return lease.model;
  }

  async warm(options: GetOptions = {}): Promise<readonly ModelError[]> {
    const { models } = this.status();
    const kept = warmOrder(models, this.#parts.members.keeping.keys()).filter(({ keep_warm }) => keep_warm);
    // Asked for in their order, they are reserved for in their order: what comes first has its memory first.
    const loads = await Promise.allSettled(kept.map(({ model }) => this.load(model, options)));
    return loads.flatMap((load) => (load.status === "rejected" ? [toModelError(load.reason)] : []));
  }

  async unload(name: string): Promise<void> {
    const resident = this.#parts.manager.resident(this.#catalogue.find(name).spec.model_name);
    if (resident !== undefined) await this.#parts.manager.unload(resident);
  }

  add(spec: ModelSpec, file: string): void {
    const { addedRoot, manager } = this.#parts;
    const name = spec.model_name;
    if (manager.resident(name) !== undefined) {
      throw new ModelError(
        "model_duplicate",
        `${name} is in use already under another spec; give the new one another name.`,
        { model: name, details: { file } },
      );
    }
    const placed = addedRoot === undefined ? spec : { ...spec, artifacts_root: addedRoot };
    this.#catalogue.replace({ spec: placed, file, plugin: namedPlugin(spec.plugin, file) });
  }

  async adopt(folder: string, like: string, precision?: Precision): Promise<AdoptedCheckpoint> {
    const entry = this.#catalogue.find(like);
    const modules = await this.#parts.modulesOf(entry);
    const asked = precision === undefined ? {} : { precision };
    const adopted = await this.#parts.pool.adopt({ ...modules, ...asked, like: entry.spec, folder });
    const found = adopted.spec.precision ?? entry.spec.precision;
    if (precision !== undefined && found !== precision) {
      throw new ModelError(
        "checkpoint_invalid",
        `${folder} was asked for in ${precision}, but a model like ${like} has nothing there but ${found}.`,
        { details: { folder, asked: precision, found } },
      );
    }
    // The loader is found by the plugin's name, since no package carries the new spec.
    return { ...adopted, spec: { plugin: entry.plugin, ...adopted.spec } };
  }

  status(): ZooStatus {
    const { name, manager, problems, budgets, clock, devices } = this.#parts;
    return snapshot({
      name,
      manager,
      problems,
      budgets,
      entries: this.#catalogue.entries,
      now: clock.now(),
      keepingOf: (model) => this.#keepingOf(model),
      kept: this.#parts.members.keeping.keys(),
      deviceOf: (entry) => deviceOrError(entry.spec, devices),
    });
  }

  onEvent(listener: (event: ZooEvent) => void): () => void {
    return this.#parts.events.listen(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#parts.manager.close().finally(() => this.#parts.stop());
    return this.#closed;
  }

  get #catalogue(): ZooMembers["catalogue"] {
    return this.#parts.members.catalogue;
  }

  #keepingOf(model: string): Keeping {
    return this.#parts.members.keeping.get(model) ?? keptOnDemand;
  }

  #resident(nameOrRole: string): Resident {
    const { manager, devices } = this.#parts;
    const entry = this.#catalogue.find(nameOrRole);
    const name = entry.spec.model_name;
    return manager.resident(name) ?? manager.add(entry, resolveDevice(entry.spec, devices), this.#keepingOf(name));
  }
}

function deviceOrError(spec: ModelSpec, devices: readonly DeviceInfo[]): Device | ModelError {
  try {
    return resolveDevice(spec, devices);
  } catch (error) {
    if (isModelError(error)) return error;
    throw error;
  }
}
