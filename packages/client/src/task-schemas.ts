import {
  abortable,
  fromBase64,
  type JsonSchema,
  mapBytes,
  RegisteredTask,
  type TaskDocument,
  TaskRegistry,
  vocabulary,
} from "@menagerie/core";
import type { ZooDoor } from "./zoo-door.ts";

/** A task of a served zoo. Turns base64 back into bytes, where its schemas say that it is bytes. */
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

  async #read(task: string): Promise<AnswerBytes> {
    if (Object.hasOwn(vocabulary, task)) return bytesBy(new TaskRegistry().named(task));
    const path = `/v1/tasks/${encodeURIComponent(task)}`;
    const document = (await this.#door.json("GET", path, { signal: this.#closing })) as TaskDocument;
    return bytesBy(RegisteredTask.ofDocument(document));
  }
}

function bytesBy(task: RegisteredTask): AnswerBytes {
  const { output, part } = task.document;
  return {
    task,
    output: (value) => decoded(output, value),
    part: (value) => (part === undefined ? value : decoded(part, value)),
  };
}

function decoded(schema: JsonSchema, value: unknown): unknown {
  return mapBytes(schema, value, (held) => (typeof held === "string" ? fromBase64(held) : held));
}
