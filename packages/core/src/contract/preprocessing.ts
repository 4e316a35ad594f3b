import { z } from "zod";

/**
 * How inputs become tensors, by modality: `image`, `text`, `audio`, or another. What stands under one is described by the JSON
 * Schema of a kit, and read by the kit's own types.
 */
export type Preprocessing = Record<string, Record<string, unknown>>;

/** A key of `preprocessing`. */
export const modalitySchema: z.ZodType<string, string> = z
  .string()
  .max(50)
  .regex(/^[a-z][a-z0-9_]*$/, "must be a lower-case word");

export const preprocessingSchema: z.ZodType<Preprocessing> = z.record(
  modalitySchema,
  z.record(z.string(), z.unknown()),
);
