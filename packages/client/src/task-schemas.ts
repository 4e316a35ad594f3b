import {
  abortable,
  describeIssues,
  fromBase64,
  type JsonSchema,
  mapBytes,
  plainWords,
  type RegisteredTask,
  type TaskDocument,
  TaskRegistry,
  vocabulary,
} from "@menagerie/core";
import { isRecord, noZoo } from "./checked-body.ts";
import { inPath } from "./path-part.ts";
import type { ZooDoor } from "./zoo-door.ts";

/**
 * A task of a served zoo. Turns base64 back into bytes, where its schemas say that it is bytes. @throws `internal` for what has not
 * the task's shape
 */
export interface AnswerBytes {
  readonly task: RegisteredTask;
  output(value: unknown): unknown;
  part(value: unknown): unknown;
}

/** The schemas of a served zoo's tasks: core's are known, others are asked for once. */
export class TaskSchemas {
  readonly #door: ZooDoor;
  readonly #closing: AbortSignal;
  readonly #known = new Map<string, Promise<AnswerBytes>>();
  /** The last of each that was read. */
  readonly #settled = new Map<string, AnswerBytes>();

  /** @param closing fires when nobody needs them any more */
  constructor(door: ZooDoor, closing: AbortSignal) {
    this.#door = door;
    this.#closing = closing;
  }

  /** @throws `task_unknown` for a task that the zoo does not have; the signal's reason */
  async of(task: string, signal: AbortSignal): Promise<AnswerBytes> {
    let known = this.#known.get(task);
    if (known === undefined) {
      // Several callers wait for one reading: none of them may end it for the others.
      known = this.#read(task);
      this.#known.set(task, known);
      known.catch(() => this.#known.delete(task));
    }
    return await abortable(known, signal);
  }

  /**
   * The task as the zoo has it now: its server may have been started again with another one of that name.
   * @param old what did not fit
   * @returns undefined where it is the same, or cannot be read: then what did not fit says more
   */
  async renewed(old: AnswerBytes, signal: AbortSignal): Promise<AnswerBytes | undefined> {
    const { name } = old.task;
    // Core's are those that this program was compiled with.
    if (Object.hasOwn(vocabulary, name)) return undefined;
    // Several questions may find out at once, and parts one after the other: the first of them asks.
    if (this.#settled.get(name) === old) {
      this.#settled.delete(name);
      this.#known.delete(name);
    }
    const now = await this.of(name, signal).catch(() => undefined);
    return now === undefined || isSameTask(now, old) ? undefined : now;
  }

  /** What came of the zoo, read by the task as the question had it, and where that does not fit as the zoo has it now. */
  async read(bytes: AnswerBytes, what: "output" | "part", value: unknown, signal: AbortSignal): Promise<unknown> {
    try {
      return bytes[what](value);
    } catch (error) {
      const renewed = await this.renewed(bytes, signal);
      if (renewed === undefined) throw error;
      return renewed[what](value);
    }
  }

  async #read(name: string): Promise<AnswerBytes> {
    const read = await this.#readAnew(name);
    this.#settled.set(name, read);
    return read;
  }

  async #readAnew(name: string): Promise<AnswerBytes> {
    const path = inPath(name);
    if (Object.hasOwn(vocabulary, name) || path === undefined) return this.#bytesBy(new TaskRegistry().named(name));
    const body = await this.#door.json("GET", `/v1/tasks/${path}`, { signal: this.#closing });
    if (!isRecord(body) || body.name !== name)
      throw noZoo(this.#door.address, "with another task than it was asked for");
    return this.#bytesBy(new TaskRegistry([body as unknown as TaskDocument]).named(name));
  }

  #bytesBy(task: RegisteredTask): AnswerBytes {
    const { output, part } = task.document;
    const read = (schema: JsonSchema, check: RegisteredTask["output"], value: unknown): unknown => {
      const bytes = mapBytes(schema, value, (held) => (typeof held === "string" ? fromBase64(held) : held));
      const result = check.safeParse(bytes, { error: plainWords });
      // A later version of a zoo may tell more than this one knows.
      if (result.success || result.error.issues.every(({ code }) => code === "unrecognized_keys")) return bytes;
      const problems = describeIssues(check, result.error, { whole: "the answer" }).slice(0, 3);
      throw noZoo(this.#door.address, `${task.name} in another shape than the task has (${problems.join("; ")})`);
    };
    return {
      task,
      output: (value) => read(output, task.output, value),
      part: (value) => (part === undefined || task.part === undefined ? value : read(part, task.part, value)),
    };
  }
}

function isSameTask(one: AnswerBytes, other: AnswerBytes): boolean {
  return JSON.stringify(one.task.document) === JSON.stringify(other.task.document);
}
