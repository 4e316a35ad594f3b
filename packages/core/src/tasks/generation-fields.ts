import { z } from "zod";

/** How many texts a search follows; input of every task whose answer is generated. */
export const numBeams: z.ZodOptional<z.ZodInt> = z
  .int()
  .min(1)
  .max(64)
  .optional()
  .meta({ description: "How many texts are followed side by side; default: the model's own number" });

/** The length of what is generated, in tokens. @param what the limit is for, such as "the answer" */
export function maxNewTokens(what: string): z.ZodOptional<z.ZodInt> {
  const description = `Most tokens of ${what}; default: what the model can hold`;
  return z.int().positive().optional().meta({ description });
}
