import type { AdoptedCheckpoint } from "../adopt/adopt.ts";
import type { AdoptChoices } from "../adopt/adopt-choices.ts";
import type { ServiceToken } from "../container/container.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { ResolvedModel } from "../contract/resolved-model.ts";
import { parseTaskInput, type TaskRegistry } from "../tasks/task-registry.ts";
import { type AskedTask, nameOfTask, type TaskInput } from "../tasks/vocabulary.ts";
import { holdProcess } from "../time/clock.ts";
import type { Answer, AnswerStream } from "../zoo/answer.ts";
import { answerInParts, type GiveQuestion } from "../zoo/answer-in-parts.ts";
import { askOptions, getOptions, requireKnownOptions } from "../zoo/known-options.ts";
import type { LoadAllOptions, LoadOutcome } from "../zoo/load-all.ts";
import type { MappedAnswer } from "../zoo/map-in-order.ts";
import { mapThroughLease } from "../zoo/map-through-lease.ts";
import { RequestLimits } from "../zoo/request-limits.ts";
import type { UnloadAllOptions, UnloadOutcome } from "../zoo/unload-all.ts";
import { checkedWish } from "../zoo/wish.ts";
import { withListener } from "../zoo/with-listener.ts";
import type { AskOptions, GetOptions, ZooMapOptions } from "../zoo/zoo.ts";
import { healthOf, type ZooHealth } from "../zoo/zoo-health.ts";
import type { ZooStatus } from "../zoo/zoo-status.ts";
import { answerOf } from "./answer-of.ts";
import { callSite } from "./call-site.ts";
import { CheckpointReader } from "./checkpoint-reader.ts";
import type { FolderReading } from "./fitting-models.ts";
import type { FunctionModel, OpenedLease, RegisteredModel } from "./function-model.ts";
import type { HostedZooParts } from "./hosted-zoo-parts.ts";
import { lackingModels } from "./lacking-models.ts";
import type { LocalZoo, RemoveOptions, ZooEvent, ZooPlanOptions } from "./local-zoo.ts";
import type { Resident } from "./manager/resident.ts";
import { ManyModels } from "./many-models.ts";
import { goneError } from "./membership.ts";
import { ModelLease, requireTask } from "./model-lease.ts";
import { Rebinding } from "./rebinding.ts";
import { requireGrace } from "./require-grace.ts";
import { residentOf } from "./resident-of.ts";
import type { Forecast } from "./scheduler/forecast.ts";
import type { JournalRecord } from "./scheduler/journal.ts";
import type { Plan } from "./scheduler/plan.ts";
import type { Arrival } from "./scheduler/simulation.ts";
import type { ZooMembers } from "./zoo-members.ts";
import { forecastIn, planIn } from "./zoo-planning.ts";
import { statusOf } from "./zoo-snapshot.ts";

/** The zoo that runs in this process. Puts questions to the manager; decides nothing itself. */
export class HostedZoo implements LocalZoo {
  readonly #parts: HostedZooParts;
  readonly #reader: CheckpointReader;
  readonly #rebinding: Rebinding;
  readonly #many: ManyModels;
  #closed: Promise<void> | undefined;

  constructor(parts: HostedZooParts) {
    this.#parts = parts;
    this.#reader = new CheckpointReader(parts);
    const load = (model: string, options: GetOptions): Promise<ResolvedModel> => this.load(model, options);
    this.#rebinding = new Rebinding({ ...parts, load });
    this.#many = new ManyModels({ ...parts, zoo: this, resident: (name) => this.#resident(name) });
  }

  get name(): string {
    return this.#parts.name;
  }

  get models(): readonly ModelSpec[] {
    return this.#catalogue.entries.map((entry) => entry.spec);
  }

  get problems(): readonly ModelError[] {
    return [...this.#parts.problems, ...lackingModels(this.#parts.members).map(({ problem }) => problem)];
  }

  get tasks(): TaskRegistry {
    return this.#parts.tasks;
  }

  find(nameOrRole: string): ModelSpec {
    return this.#catalogue.find(nameOrRole).spec;
  }

  artifactsRoot(nameOrRole: string): string {
    return this.#parts.folders.folderOf(this.#catalogue.find(nameOrRole));
  }

  async get(nameOrRole: string, options: GetOptions = {}): Promise<ModelLease> {
    const place = callSite(this.get);
    using _ = holdProcess();
    requireKnownOptions(options, getOptions, "get");
    const { manager, clock, events, requestTimeoutMs, tasks } = this.#parts;
    const resident = this.#resident(nameOrRole);
    const wish = checkedWish(options);
    using limits = new RequestLimits(resident.entry.spec.model_name, clock, options);
    await manager.lease(resident, wish, limits);
    const loadMs = clock.now() - limits.started;
    return new ModelLease({ manager, tasks, resident, clock, events, requestTimeoutMs, place, loadMs });
  }

  run<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    input: TaskInput<Asked>,
    options: AskOptions<Asked> = {},
  ): Promise<Answer<Asked>> {
    return this.#ask(nameOrRole, task, input, options, (limits, ask) => withListener(options, limits, ask), askOptions);
  }

  stream<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    input: TaskInput<Asked>,
    options: GetOptions = {},
  ): AnswerStream<Asked> {
    return answerInParts(options, (asked, give) => this.#ask(nameOrRole, task, input, asked, give));
  }

  map<Asked extends AskedTask>(
    nameOrRole: string,
    task: Asked,
    inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
    options: ZooMapOptions = {},
  ): AsyncGenerator<MappedAnswer<Answer<Asked>>, void, undefined> {
    return mapThroughLease(this, nameOrRole, task, inputs, options);
  }

  async load(name: string, options: GetOptions = {}): Promise<ResolvedModel> {
    this.#parts.manager.mend(this.#resident(name));
    await using lease = await this.get(name, options);
    this.#parts.manager.pin(this.#resident(name));
    return lease.model;
  }

  async warm(options: GetOptions = {}): Promise<readonly ModelError[]> {
    return await this.#many.warm(options);
  }

  async loadAll(options: LoadAllOptions = {}): Promise<readonly LoadOutcome[]> {
    return await this.#many.loadAll(options);
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

  async unloadAll(options: UnloadAllOptions = {}): Promise<readonly UnloadOutcome[]> {
    return await this.#many.unloadAll(options);
  }

  add(spec: ModelSpec, file: string): void {
    this.#requireOpen("added");
    this.#parts.membership.add(spec, file);
  }

  async register<Opened>(model: FunctionModel<Opened>): Promise<RegisteredModel<Opened>> {
    using _ = holdProcess();
    this.#requireOpen("registered");
    const entry = await this.#parts.membership.register(model);
    const { model_name: name } = entry.spec;
    const get = async (options?: GetOptions): Promise<OpenedLease<Opened>> => {
      if (!this.#catalogue.entries.includes(entry)) throw goneError(name, this.#catalogue.has(name));
      return (await this.get(name, options)) as OpenedLease<Opened>;
    };
    return { name, get };
  }

  async remove(name: string, options: RemoveOptions = {}): Promise<void> {
    using _ = holdProcess();
    requireKnownOptions(options, ["signal", "deadlineMs", "force"], "remove");
    const { clock, membership, requestTimeoutMs } = this.#parts;
    const { signal, deadlineMs = requestTimeoutMs, force = false } = options;
    using limits = new RequestLimits(this.find(name).model_name, clock, { signal, deadlineMs });
    await membership.remove(name, limits, force);
  }

  service<T>(token: ServiceToken<T>): T {
    return this.#parts.service(token);
  }

  hasService(token: ServiceToken<unknown>): boolean {
    return this.#parts.hasService(token);
  }

  async bind(name: string, model: string, options: GetOptions = {}): Promise<void> {
    using _ = holdProcess();
    requireKnownOptions(options, getOptions, "bind");
    this.#requireOpen("bound");
    await this.#rebinding.bind(name, model, options);
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
    return statusOf(this.#parts);
  }

  health(): ZooHealth {
    return healthOf(this.status());
  }

  get journal(): JournalRecord | undefined {
    return this.#parts.manager.journal;
  }

  plan(models: readonly string[], options: ZooPlanOptions = {}): Plan {
    return planIn(this.#parts, models, options);
  }

  forecast(arrivals: readonly Arrival[], options: ZooPlanOptions = {}): Forecast {
    return forecastIn(this.#parts, arrivals, options);
  }

  onEvent(listener: (event: ZooEvent) => void): () => void {
    return this.#parts.events.listen(listener);
  }

  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    requireKnownOptions(options, ["graceMs"], "close");
    const { graceMs } = options;
    requireGrace(graceMs);
    if (this.#closed !== undefined && graceMs !== undefined) this.#parts.manager.hurry(graceMs);
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(graceMs: number | undefined): Promise<void> {
    using _ = holdProcess();
    await this.#parts.stop(graceMs);
  }

  /** @param give hands the question on, with a stream for the parts of its answer where somebody takes them */
  async #ask<Asked extends AskedTask>(
    nameOrRole: string,
    asked: Asked,
    input: TaskInput<Asked>,
    options: GetOptions,
    give: GiveQuestion,
    known: readonly string[] = getOptions,
  ): Promise<Answer<Asked>> {
    using _ = holdProcess();
    requireKnownOptions(options, known, "A question");
    const { clock, manager, events, requestTimeoutMs } = this.#parts;
    // What is wrong with the question is said before anything is loaded for it.
    const { spec } = this.#catalogue.find(nameOrRole);
    const { model_name: model } = spec;
    const task = this.tasks.named(nameOfTask(asked));
    const parsed = parseTaskInput(task, input);
    requireTask(model, spec.tasks, task.name);
    const wish = checkedWish(options);
    const { signal, deadlineMs = requestTimeoutMs } = options;
    using limits = new RequestLimits(model, clock, { signal, deadlineMs });
    const resident = this.#resident(nameOrRole);
    const question = { task: task.name, input: parsed };
    const result = await give(limits, (parts) => manager.ask(resident, wish, limits, { ...question, parts }));
    const total = clock.now() - limits.started;
    events.emit({ type: "answered", model, task: task.name, ms: total });
    return answerOf(asked, result, total);
  }

  #requireOpen(deed: string): void {
    if (this.#closed === undefined) return;
    throw new ModelError("zoo_closed", `No model is ${deed} any more: the zoo is shutting down or has been shut down.`);
  }

  get #catalogue(): ZooMembers["catalogue"] {
    return this.#parts.members.catalogue;
  }

  #resident(nameOrRole: string): Resident {
    return residentOf(this.#parts, this.#catalogue.find(nameOrRole));
  }
}
