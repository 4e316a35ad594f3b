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

  async #read(name: string): Promise<AnswerBytes> {
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
