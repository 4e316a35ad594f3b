import type { z } from "zod";

/**
 * One verb-noun of the vocabulary: what a model is asked and what it answers, independent of any model. Both schemas are
 * objects, so that flags, forms and JSON bodies can be derived from their fields.
 */
export interface Task<Name extends string = string, Input = unknown, Output = unknown, Part = never> {
  readonly name: Name;
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  /** What can be known of the answer before it is whole; left out by tasks whose answers come in one piece. */
  readonly part?: z.ZodType<Part>;
}
