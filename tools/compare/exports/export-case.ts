import { z } from "zod";

/** What the tool answers; each kind of task has its own key. */
const answerSchema = z.object({
  labels: z.record(z.string(), z.number()).optional(),
  objects: z
    .array(
      z.object({
        label: z.string(),
        score: z.number(),
        box: z.array(z.number()).length(4),
        area: z.number().optional(),
      }),
    )
    .optional(),
  embedding: z.array(z.number()).optional(),
  text: z.string().optional(),
  depth: z.array(z.number()).optional(),
  coverage: z.record(z.string(), z.number()).optional(),
  keypoints: z.array(z.array(z.number())).optional(),
});

/** One export that `tools/export/others.py` made, and what its tool answers. */
export const exportCaseSchema = z.object({
  tool: z.string(),
  model: z.string(),
  variant: z.string(),
  /** The model that `zoo adopt` is told it is like. */
  like: z.string(),
  /** More of `zoo adopt`'s arguments. */
  adopt: z.array(z.string()).default([]),
  /** By how much an answer may differ: scores and embeddings in their own units, boxes and points in pixels. */
  tolerance: z.number().default(1e-4),
  asked: z.array(z.object({ task: z.string(), input: z.string(), flags: z.array(z.string()), answer: answerSchema })),
});

export type ExportCase = z.infer<typeof exportCaseSchema>;
export type ExpectedAnswer = z.infer<typeof answerSchema>;
