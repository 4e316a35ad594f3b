import type { Device } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { TaskValue } from "../tasks/task.ts";
import { unsupportedTask } from "../tasks/unsupported-task.ts";
import {
  type AskedTask,
  nameOfTask,
  type TaskInput,
  type TaskName,
  type TaskOutput,
  type TaskPart,
} from "../tasks/vocabulary.ts";
import type { CallOf } from "./call-of.ts";
import { failedOpen } from "./failed-open.ts";
import type { Graph } from "./graph.ts";
import { withHeardParts } from "./heard-parts.ts";
import type { LoadContext, LoadContextFactory } from "./load-context.ts";

/** What a method of that task may use. */
export type TaskCall<Asked extends AskedTask = TaskName> = CallOf<TaskPart<Asked>>;

/** Answers one task with what `open` returned. */
export type TaskMethod<Opened, Asked extends AskedTask> = (
  opened: Opened,
  input: TaskInput<Asked>,
  call: TaskCall<Asked>,
) => TaskOutput<Asked> | Promise<TaskOutput<Asked>>;

type CoreMethods<Opened> = { readonly [Name in TaskName]?: TaskMethod<Opened, Name> };

/** One function per task, each given what `open` returned. Those of other tasks than core's are typed by `taskMethod`. */
export interface TaskMethods<Opened> extends CoreMethods<Opened> {
  readonly [name: string]: ((opened: Opened, input: never, call: CallOf<unknown>) => unknown) | undefined;
}

/** A function that answers the task of that value: `{ [classifyText.name]: taskMethod(classifyText, async (opened, input) => …) }`. */
export function taskMethod<Opened, Asked extends TaskValue>(
  _task: Asked,
  method: TaskMethod<Opened, Asked>,
): TaskMethod<Opened, Asked> {
  return method;
}

/** A loader as those who run it see it, whatever it opens. */
export interface ModelLoader {
  readonly modelName: string;
  readonly vramMb: number;
  readonly taskNames: readonly string[];
  load(device?: Device): Promise<unknown>;
  unload(): Promise<void>;
  run<Asked extends AskedTask>(
    task: Asked,
    input: TaskInput<Asked>,
    call?: TaskCall<Asked>,
  ): Promise<TaskOutput<Asked>>;
}

export type ModelLoaderClass = new (spec: ModelSpec, contextFor: LoadContextFactory<object>) => ModelLoader;

/**
 * The class that each model's loader extends. A subclass says what it opens and answers tasks with it; this class owns
 * the lifecycle: one load at a time however many ask, a failed load leaves nothing behind and may be tried again, tasks
 * are refused before load and after unload, unload waits for running tasks and closes all that was opened in reverse order.
 * @typeParam Opened what `open` gives and every task works with
 * @typeParam Handle what the engine opens; a loader that works with anything but graphs of tensors says so in `handles` too
 */
export abstract class ModelLoaderBase<Opened, Handle extends object = Graph> implements ModelLoader {
  protected readonly spec: ModelSpec;
  protected abstract readonly tasks: TaskMethods<Opened>;
  /** The engine's word for what this loader works with; a spec of another engine is refused when something is opened. */
  protected readonly handles: string = "graph";
  readonly #contextFor: LoadContextFactory<object>;
  #handles: object[] = [];
  #context: LoadContext<object> | undefined;
  #loaded: { device: Device; opened: Promise<Opened> } | undefined;
  #unloading: Promise<void> | undefined;
  readonly #running = new Set<Promise<unknown>>();

  constructor(spec: ModelSpec, contextFor: LoadContextFactory<object>) {
    this.spec = spec;
    this.#contextFor = contextFor;
  }

  get modelName(): string {
    return this.spec.model_name;
  }

  /** Declared device memory in megabytes (10^6 bytes); 0 for a model that never leaves the CPU. */
  get vramMb(): number {
    return this.spec.resource_requirements.vram_mb;
  }

  get taskNames(): readonly string[] {
    return Object.keys(this.tasks);
  }

  /** Opens graphs and reads artifacts. What it opens through `context.open` is closed by this class. */
  protected abstract open(context: LoadContext<Handle>): Promise<Opened>;

  /** Frees what `open` made besides what the engine opened; called before that is closed. */
  protected close(_opened: Opened): Promise<void> | void {}

  /** Loads the model, once; a second call on the same device gives the same object. */
  async load(device: Device = "cpu"): Promise<Opened> {
    await this.#unloading;
    if (this.#loaded !== undefined && this.#loaded.device !== device) {
      throw new ModelError(
        "model_load_failed",
        `${this.modelName} is loaded on ${this.#loaded.device}; unload it before loading it on ${device}.`,
        { model: this.modelName, details: { loaded: this.#loaded.device, asked: device } },
      );
    }
    this.#loaded ??= { device, opened: this.#open(device) };
    return this.#loaded.opened;
  }

  /** Waits for running tasks, then gives everything back. Harmless when nothing is loaded. */
  async unload(): Promise<void> {
    this.#unloading ??= this.#unload().finally(() => {
      this.#unloading = undefined;
    });
    return this.#unloading;
  }

  async run<Asked extends AskedTask>(
    asked: Asked,
    input: TaskInput<Asked>,
    call: TaskCall<Asked> = neverCancelled,
  ): Promise<TaskOutput<Asked>> {
    const task = nameOfTask(asked);
    const method = Object.hasOwn(this.tasks, task)
      ? (this.tasks[task] as TaskMethod<Opened, Asked> | undefined)
      : undefined;
    if (method === undefined) throw this.#unsupported(task);
    if (this.#loaded === undefined || this.#unloading !== undefined) {
      throw new ModelError("model_not_loaded", `${this.modelName} cannot answer ${task}: it is not loaded.`, {
        model: this.modelName,
        details: { task },
      });
    }
    const answer = this.#loaded.opened.then((opened) =>
      withHeardParts(call, async (heard) => method(opened, input, heard)),
    );
    this.#running.add(answer);
    try {
      return await answer;
    } finally {
      this.#running.delete(answer);
    }
  }

  async #open(device: Device): Promise<Opened> {
    const context = this.#contextFor(device);
    this.#context = context;
    const tracking: LoadContext<Handle> = {
      ...context,
      open: async (name) => {
        const { opens = "graph" } = context;
        if (opens !== this.handles) throw this.#otherHandles(opens);
        const handle = await context.open(name);
        this.#handles.push(handle);
        // What the word stands for is agreed upon between the engine's package and the loader's.
        return handle as Handle;
      },
    };
    try {
      return await this.open(tracking);
    } catch (error) {
      await this.#closeHandles();
      this.#loaded = undefined;
      throw failedOpen(error, this.modelName, `The loader "${this.spec.loader}" of ${this.modelName}`);
    }
  }

  async #unload(): Promise<void> {
    const loaded = this.#loaded;
    if (loaded === undefined) return;
    await Promise.allSettled([loaded.opened, ...this.#running]);
    // A failed load has cleaned up after itself.
    if (this.#loaded === undefined) return;
    this.#loaded = undefined;
    try {
      await this.close(await loaded.opened);
    } finally {
      await this.#closeHandles();
    }
  }

  async #closeHandles(): Promise<void> {
    const handles = this.#handles.reverse();
    this.#handles = [];
    const context = this.#context;
    this.#context = undefined;
    const failures: unknown[] = [];
    for (const handle of handles) {
      // One that does not close must not keep the others open.
      try {
        if (isAsyncDisposable(handle)) await handle[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    context?.close?.();
    if (failures.length > 0) throw failures[0];
  }

  #otherHandles(opens: string): ModelError {
    const { engine, loader } = this.spec;
    return new ModelError(
      "unsupported_engine",
      `${this.modelName}: its loader "${loader}" works with what is called "${this.handles}", and its engine "${engine}" opens ` +
        `"${opens}". Name an engine that opens "${this.handles}".`,
      { model: this.modelName, details: { engine, opens, handles: this.handles } },
    );
  }

  #unsupported(task: string): ModelError {
    return unsupportedTask(this.modelName, task, this.taskNames);
  }
}

function isAsyncDisposable(handle: object): handle is AsyncDisposable {
  return typeof (handle as Partial<AsyncDisposable>)[Symbol.asyncDispose] === "function";
}

const neverCancelled: CallOf<unknown> = { signal: new AbortController().signal };
