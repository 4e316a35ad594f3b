import type { AdoptChoices, AdoptedCheckpoint } from "../adopt.ts";
import type { Device } from "../device.ts";
import { isModelError, ModelError, toModelError } from "../model-error.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { ResolvedModel } from "../resolved-model.ts";
import { parseTaskInput, type TaskInput, type TaskName } from "../tasks/vocabulary.ts";
import { type Answer, type AnswerStream, answerOf } from "./answer.ts";
import { answerInParts, type GiveQuestion } from "./answer-in-parts.ts";
import { within } from "./calls/abortable.ts";
import { RequestLimits } from "./calls/request-limits.ts";
import { withListener } from "./calls/with-listener.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import { CheckpointReader } from "./checkpoint-reader.ts";
import { type Clock, holdProcess } from "./clock.ts";
import type { DeviceInfo } from "./device-probe.ts";
import type { FolderReading } from "./fitting-models.ts";
import { artifactsRoot } from "./folders.ts";
import { askOptions, checkedWish, getOptions, requireKnownOptions } from "./known-options.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import { addedUnit, type Keeping, type Resident } from "./manager/resident.ts";
import { ModelLease, requireTask } from "./model-lease.ts";
import { devicesFor, resolveDevice } from "./resolve-device.ts";
import type { ModuleReference, RunnerPool } from "./runner.ts";
import type { JournalRecord } from "./scheduler/journal.ts";
import { type Plan, planWith } from "./scheduler/plan.ts";
import { warmOrder } from "./unserved-models.ts";
import type { AskOptions, GetOptions, Zoo, ZooEvent, ZooPlanOptions } from "./zoo-api.ts";
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
  /** Folder of the artifacts of every spec that is added; default: the spec's own. */
  readonly addedRoot: string | undefined;
  /** Folder of the artifacts of specs that name none; undefined where nothing says which. */
  readonly modelsRoot: string | undefined;
  /** Milliseconds that a question without a deadline of its own may take. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that reading a checkpoint folder may take. */
  readonly adoptTimeoutMs: number;
  stop(): Promise<void>;
}

/** Milliseconds that the services of a closed zoo get to stop. */
const stopWithinMs = 10_000;

/** The zoo that runs in this process. Puts questions to the manager; decides nothing itself. */
export class HostedZoo implements Zoo {
  readonly #parts: HostedZooParts;
  readonly #reader: CheckpointReader;
  #closed: Promise<void> | undefined;

  constructor(parts: HostedZooParts) {
    this.#parts = parts;
    this.#reader = new CheckpointReader(parts);
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
    using _ = holdProcess();
    requireKnownOptions(options, getOptions, "get");
    const { manager, clock, events, requestTimeoutMs } = this.#parts;
    const resident = this.#resident(nameOrRole);
    const wish = checkedWish(options);
    using limits = new RequestLimits(resident.entry.spec.model_name, clock, options);
    await manager.lease(resident, wish, limits);
    return new ModelLease({
      manager,
      resident,
      clock,
      events,
      requestTimeoutMs,
      loadMs: clock.now() - limits.started,
    });
  }

  run<Name extends TaskName>(
    nameOrRole: string,
    task: Name,
    input: TaskInput<Name>,
    options: AskOptions<Name> = {},
  ): Promise<Answer<Name>> {
    return this.#ask(nameOrRole, task, input, options, (limits, ask) => withListener(options, limits, ask), askOptions);
  }

  stream<Name extends TaskName>(
    nameOrRole: string,
    task: Name,
    input: TaskInput<Name>,
    options: GetOptions = {},
  ): AnswerStream<Name> {
    return answerInParts(options, (asked, give) => this.#ask(nameOrRole, task, input, asked, give));
  }

  async load(name: string, options: GetOptions = {}): Promise<ResolvedModel> {
    this.#parts.manager.mend(this.#resident(name));
    await using lease = await this.get(name, options);
    this.#parts.manager.pin(this.#resident(name));
    return lease.model;
  }

  async warm(options: GetOptions = {}): Promise<readonly ModelError[]> {
    const { models } = this.status();
    const kept = warmOrder(models, this.#parts.members.keeping.keys()).filter(({ keep_warm }) => keep_warm);
    this.#parts.manager.keep(
      kept.flatMap(({ model, device }) => (device === undefined ? [] : [this.#resident(model)])),
    );
    // Asked for in their order, they are reserved for in their order: what comes first has its memory first.
    const loads = await Promise.allSettled(kept.map(({ model }) => this.load(model, options)));
    return loads.flatMap((load) => (load.status === "rejected" ? [toModelError(load.reason)] : []));
  }

  async unload(name: string, options: Omit<GetOptions, "priority" | "keepAliveMs"> = {}): Promise<void> {
    using _ = holdProcess();
    const { manager, clock, requestTimeoutMs } = this.#parts;
    const resident = manager.resident(this.#catalogue.find(name).spec.model_name);
    requireKnownOptions(options, ["signal", "deadlineMs"], "unload");
    if (resident === undefined) return;
    const { signal, deadlineMs = requestTimeoutMs } = options;
    using limits = new RequestLimits(resident.entry.spec.model_name, clock, { signal, deadlineMs });
    await manager.unload(resident, limits);
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

  async adopt(folder: string, like: string, choices: AdoptChoices = {}): Promise<AdoptedCheckpoint> {
    using _ = holdProcess();
    return await this.#reader.adopt(folder, this.#catalogue.find(like), choices);
  }

  async fitting(folder: string, choices: AdoptChoices = {}): Promise<FolderReading> {
    using _ = holdProcess();
    return await this.#reader.fitting(folder, this.#catalogue.entries, choices);
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

  get journal(): JournalRecord | undefined {
    return this.#parts.manager.journal;
  }

  plan(models: readonly string[], options: ZooPlanOptions = {}): Plan {
    const { manager, devices } = this.#parts;
    const known = models.map((nameOrRole) => {
      const { spec } = this.#catalogue.find(nameOrRole);
      return addedUnit(spec, devicesFor(spec, devices), this.#keepingOf(spec.model_name), Number.POSITIVE_INFINITY);
    });
    return planWith(manager.state, known, options.budgets);
  }

  onEvent(listener: (event: ZooEvent) => void): () => void {
    return this.#parts.events.listen(listener);
  }

  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    requireKnownOptions(options, ["graceMs"], "close");
    const { graceMs } = options;
    if (graceMs !== undefined && !(typeof graceMs === "number" && graceMs >= 0))
      throw new ModelError(
        "input_invalid",
        `graceMs is a number of milliseconds, 0 or more; it is ${String(graceMs)}.`,
      );
    if (this.#closed !== undefined && graceMs !== undefined) this.#parts.manager.hurry(graceMs);
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(graceMs: number | undefined): Promise<void> {
    using _ = holdProcess();
    const { manager, clock, stop } = this.#parts;
    try {
      await manager.close(graceMs);
    } finally {
      // A service of an application that never stops must not keep the others' callers.
      await within(clock, stopWithinMs, stop());
    }
  }

  /** @param give hands the question on, with a stream for the parts of its answer where somebody takes them */
  async #ask<Name extends TaskName>(
    nameOrRole: string,
    task: Name,
    input: TaskInput<Name>,
    options: GetOptions,
    give: GiveQuestion,
    known: readonly string[] = getOptions,
  ): Promise<Answer<Name>> {
    using _ = holdProcess();
    requireKnownOptions(options, known, "A question");
    const { clock, manager, events, requestTimeoutMs } = this.#parts;
    // What is wrong with the question is said before anything is loaded for it.
    const { spec } = this.#catalogue.find(nameOrRole);
    const { model_name: model } = spec;
    const parsed = parseTaskInput(task, input);
    requireTask(model, spec.tasks, task);
    const wish = checkedWish(options);
    const { signal, deadlineMs = requestTimeoutMs } = options;
    using limits = new RequestLimits(model, clock, { signal, deadlineMs });
    const resident = this.#resident(nameOrRole);
    const result = await give(limits, (parts) => manager.ask(resident, wish, limits, { task, input: parsed, parts }));
    const total = clock.now() - limits.started;
    events.emit({ type: "answered", model, task, ms: total });
    return answerOf(task, result, total);
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
    return manager.resident(name) ?? manager.add(entry, devicesFor(entry.spec, devices), this.#keepingOf(name));
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
