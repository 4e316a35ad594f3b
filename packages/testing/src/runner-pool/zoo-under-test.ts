import type { AskOptions, GetOptions, Log } from "@menagerie/core";
import {
  createZoo,
  type LocalZoo,
  type ServiceDefinition,
  type ZooEvent,
  type ZooModelInput,
  type ZooSpec,
} from "@menagerie/core/host";
import { expect } from "vitest";
import { livingChildren, sharedBytes } from "./host-footprint.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { type Act, answerTo, type Script, scripted } from "./scripted-acts.ts";
import { ScriptedApplication, type ScriptedModel } from "./scripted-application.ts";
import { eventually } from "./waiting.ts";

/** The pool that a table runs on. */
export interface PoolUnderTest {
  readonly name: string;
  /** One of the zoo's own. Left out where `services` bring one. */
  readonly runner?: "inline" | "process";
  /** Services that put a pool under `RunnerPoolToken`. */
  readonly services?: readonly ServiceDefinition[];
  /** Whether each runner is a process of its own. */
  readonly isolates: boolean;
  /** Whether all models of a zoo share one runner, with one more that nobody asks. Default: each has its own. */
  readonly grouped?: boolean;
  /** Runners that each model may have. Default: 1. */
  readonly replicas?: number;
}

export interface ZooSetting {
  readonly models?: Readonly<Record<string, ScriptedModel>>;
  readonly spec?: Partial<ZooSpec>;
  readonly services?: readonly ServiceDefinition[];
  readonly log?: Log;
}

type PartOptions = AskOptions<"transcribe-audio">;

/** Milliseconds until everything that a caller has left is over: what hangs is ended after two seconds of patience. */
const overWithinMs = 15_000;

/** A zoo with scripted models (one, `a`, unless others are named) on the pool that is tested. */
export class ZooUnderTest implements AsyncDisposable {
  readonly app: ScriptedApplication;
  readonly zoo: LocalZoo;
  readonly pool: PoolUnderTest;
  readonly events: ZooEvent[] = [];
  #isClosed = false;

  private constructor(app: ScriptedApplication, zoo: LocalZoo, pool: PoolUnderTest) {
    this.app = app;
    this.zoo = zoo;
    this.pool = pool;
    zoo.onEvent((event) => this.events.push(event));
  }

  static async open(pool: PoolUnderTest, setting: ZooSetting = {}): Promise<ZooUnderTest> {
    const { models = { a: {} } } = setting;
    const app = await ScriptedApplication.create(pool.grouped ? { ...models, [companion]: { ramMb: 10 } } : models);
    return new ZooUnderTest(app, await zooIn(app, pool, setting), pool);
  }

  /** Puts an input that was made by `scripted`. Resolves to the answer's text. */
  async put(input: Uint8Array, options: PartOptions = {}, model = "a"): Promise<string> {
    return (await this.zoo.run(model, "transcribe-audio", { audio: input }, options)).output.text;
  }

  /** Asks a model to act, and says what the caller got, and how soon. */
  ask(act: Act, script: Script = {}, options: PartOptions = {}, model = "a"): Promise<Outcome<string>> {
    return outcomeOf(this.put(scripted(act, script), options, model));
  }

  /** Asks what any model answers, and sees that it is answered right. */
  async answersRight(model = "a", options: GetOptions = {}): Promise<void> {
    const input = scripted("answer", { bytes: 100 });
    expect(await this.put(input, options, model)).toBe(answerTo(input));
  }

  /** Process of the loaded runner, where there is one. */
  pid(model = "a"): number | undefined {
    return this.#status(model)?.pid;
  }

  /** Sends a signal to the loaded runner. */
  signal(signal: NodeJS.Signals, model = "a"): void {
    const pid = this.pid(model);
    // A signal to process 0 would reach everybody.
    if (pid === undefined) throw new Error(`${model} has no runner process`);
    process.kill(pid, signal);
  }

  /** Runners that crashed; that of a group tells so of each of its models. */
  get crashes(): number {
    const isCounted = (model: string): boolean => !this.pool.grouped || model === "a";
    return this.events.filter((event) => event.type === "crashed" && isCounted(event.model)).length;
  }

  running(model = "a"): number {
    return this.#status(model)?.running ?? 0;
  }

  waiting(model = "a"): number {
    return this.#status(model)?.waiting ?? 0;
  }

  /** Resolves once that many calls of a model are in its runner. */
  runs(calls = 1, model = "a"): Promise<void> {
    return eventually(`${calls} calls run`, () => this.running(model) === calls);
  }

  /** Resolves once a model is in that state. */
  is(state: string, model = "a"): Promise<void> {
    return eventually(`${model} is ${state}`, () => this.#status(model)?.state === state);
  }

  /** Processes of the pool that live, the latest last. */
  runners(): Promise<number[]> {
    return livingChildren(this.app.started);
  }

  /** Nobody holds or waits for anything, nothing runs, and no process is there but loaded runners and one spare. */
  async isQuiet(): Promise<void> {
    await eventually(
      "nothing is held, waits or runs",
      () => this.zoo.status().models.every((model) => model.leases + model.waiting + model.running === 0),
      overWithinMs,
    );
    await eventually("no runner is left but those loaded and a spare", async () => {
      const loaded = this.zoo
        .status()
        .models.flatMap(({ pid, replicas = [] }) => [pid, ...replicas.map((each) => each.pid)]);
      return (await this.runners()).filter((pid) => !loaded.includes(pid)).length <= 1;
    });
    if (this.pool.runner !== "process") return;
    await eventually("no pages of shared memory are taken", async () => {
      const bytes = await Promise.all(this.zoo.status().models.map(({ pid = 0 }) => sharedBytes(pid)));
      return bytes.every((size) => size === 0);
    });
  }

  /** Closes the zoo, and sees that no process is left of it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.zoo[Symbol.asyncDispose]();
    await eventually("no runner outlives its zoo", async () => (await this.runners()).length === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) await this.close();
    await this.app[Symbol.asyncDispose]();
  }

  #status(model: string): ReturnType<LocalZoo["status"]>["models"][number] | undefined {
    return this.zoo.status().models.find((status) => status.model === model);
  }
}

/** A model that shares the runner of all others, and that nobody asks. */
const companion = "companion";

/** Another zoo over the same folder. */
export function zooIn(app: ScriptedApplication, pool: PoolUnderTest, setting: ZooSetting = {}): Promise<LocalZoo> {
  return createZoo({
    appDir: app.dir,
    cacheDir: app.cacheDir,
    spec: {
      ...{ runner: pool.runner ?? "inline", ...setting.spec },
      ...(pool.grouped ? { models: grouped(setting) } : {}),
      ...(pool.replicas === undefined ? {} : { models: replicated(setting, pool.replicas) }),
    },
    services: [...(pool.services ?? []), ...(setting.services ?? [])],
    log: app.log(setting.log),
  });
}

function grouped({ models = { a: {} }, spec = {} }: ZooSetting): readonly ZooModelInput[] {
  return [...Object.keys(models), companion].map((model) => ({
    ...spec.models?.find((line) => line.model === model),
    model,
    group: "all",
  }));
}

function replicated({ models = { a: {} }, spec = {} }: ZooSetting, replicas: number): readonly ZooModelInput[] {
  return Object.keys(models).map((model) => ({
    ...spec.models?.find((line) => line.model === model),
    model,
    replicas,
  }));
}
