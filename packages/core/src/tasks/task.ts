import type { z } from "zod";

/**
 * What code asks and answers by: the name of a task, and for the compiler the types of its input, output and parts. A
 * package that brings a task of its own exports one, so that nothing global has to be augmented.
 */
export interface TaskValue<Name extends string = string, Input = unknown, Output = unknown, Part = unknown> {
  readonly name: Name;
  /** Never there: it carries the types. */
  readonly "~types"?: { readonly input: Input; readonly output: Output; readonly part: Part } | undefined;
}

/**
 * A task written in zod: what a model is asked and what it answers, independent of any model. Input and output are
 * objects, so that flags, forms and JSON bodies can be derived from their fields. `taskDocument` gives the data that a
 * plugin ships.
 */
export interface Task<Name extends string = string, Input = unknown, Output = unknown, Part = never>
  extends TaskValue<Name, Input, Output, Part> {
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  /** What can be known of the answer before it is whole; left out by tasks whose answers come in one piece. */
  readonly part?: z.ZodType<Part>;
}

/** A task of your own, typed by its schemas. Its name is words joined by "-", a verb first: `classify-text`. */
export function defineTask<
  const Name extends string,
  Input extends z.ZodType,
  Output extends z.ZodType,
  Part extends z.ZodType = z.ZodNever,
>(task: {
  readonly name: Name;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  readonly part?: Part;
}): Task<Name, z.input<Input>, z.output<Output>, z.output<Part>> {
  return task as unknown as Task<Name, z.input<Input>, z.output<Output>, z.output<Part>>;
}

/** The value of a task whose document was written by hand: `taskValue<Input, Output>("embed-audio")`. */
export function taskValue<Input, Output, Part = never>(name: string): TaskValue<string, Input, Output, Part> {
  return { name };
}
