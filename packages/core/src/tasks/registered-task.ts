import type { z } from "zod";
import { checkOf, type JsonSchema } from "../contract/json-schema.ts";
import { tensorOf } from "./answer-tensor.ts";
import { placesIn, schemasIn } from "./schema-places.ts";
import type { Task, TaskValue } from "./task.ts";
import { type TaskDocument, taskDocument } from "./task-document.ts";
import { fieldsOf, type TaskField } from "./task-field.ts";

interface Checks {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly part: z.ZodType | undefined;
}

/** A task as a zoo knows it, whoever brought it: its data, and the checks that they describe. */
export class RegisteredTask implements TaskValue {
  readonly name: string;
  readonly summary: string;
  readonly #checks: Checks;
  readonly #write: () => TaskDocument;
  #document: TaskDocument | undefined;
  #fields: readonly TaskField[] | undefined;

  private constructor(
    { name, summary }: Pick<TaskDocument, "name" | "summary">,
    checks: Checks,
    write: () => TaskDocument,
  ) {
    this.name = name;
    this.summary = summary;
    this.#checks = checks;
    this.#write = write;
  }

  /** @throws `plugin_invalid` for a schema that is none */
  static ofDocument(document: TaskDocument): RegisteredTask {
    const check = (key: keyof Checks, schema: JsonSchema): z.ZodType =>
      checkOf(schema, `the task ${document.name}, ${key}`);
    const checks = {
      input: check("input", document.input),
      output: withTensors(document.output, check("output", document.output)),
      part: document.part && withTensors(document.part, check("part", document.part)),
    };
    return new RegisteredTask(document, checks, () => document);
  }

  /** Written in zod, a task keeps what its refinements check. */
  static ofTask<Input, Output, Part>(task: Task<string, Input, Output, Part>): RegisteredTask {
    return new RegisteredTask(task, { input: task.input, output: task.output, part: task.part }, () =>
      taskDocument(task),
    );
  }

  get input(): z.ZodType {
    return this.#checks.input;
  }

  get output(): z.ZodType {
    return this.#checks.output;
  }

  /** Undefined for a task whose answers come in one piece. */
  get part(): z.ZodType | undefined {
    return this.#checks.part;
  }

  get document(): TaskDocument {
    this.#document ??= this.#write();
    return this.#document;
  }

  /** Its inputs, in order. */
  get fields(): readonly TaskField[] {
    this.#fields ??= fieldsOf(this.document.input);
    return this.#fields;
  }

  /** The field that plain arguments of a command line fill; undefined where flags fill all of them. */
  get positional(): TaskField | undefined {
    return this.fields.find((field) => field.positional);
  }
}

/** The check of a schema, and of the tensors that it has: their bytes must be as many as they say. */
function withTensors(schema: JsonSchema, check: z.ZodType): z.ZodType {
  if (![...schemasIn(schema)].some(({ tensor }) => tensor !== undefined)) return check;
  return check.superRefine((value, context) => {
    for (const place of placesIn(schema, value)) {
      const found = tensorOf(place.schema, place.value, place.holders.at(-1));
      if (typeof found === "string") context.addIssue({ code: "custom", path: [...place.path], message: found });
    }
  });
}
