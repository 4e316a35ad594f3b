import { z } from "zod";

/** What the tool answers; each kind of task has its own key. */
export interface ExpectedAnswer {
  /** Scores by label. */
  labels?: Record<string, number> | undefined;
  /** Boxes as x1, y1, x2, y2 in pixels, areas of masks in pixels. */
  objects?: { label: string; score: number; box: number[]; area?: number | undefined }[] | undefined;
  embedding?: number[] | undefined;
  text?: string | undefined;
  depth?: number[] | undefined;
  /** Shares of the picture by label. */
  coverage?: Record<string, number> | undefined;
  /** x, y and score of each point of one person. */
  keypoints?: number[][] | undefined;
}

/** One export that `tools/export/others.py` made, and what its tool answers. */
export interface ExportCase {
  tool: string;
  model: string;
  variant: string;
  /** The model that `zoo adopt` is told it is like. */
  like: string;
  /** More of `zoo adopt`'s arguments. */
  adopt: string[];
  /** By how much an answer may differ: scores and embeddings in their own units, boxes and points in pixels. */
  tolerance: number;
  asked: { task: string; input: string; flags: string[]; answer: ExpectedAnswer }[];
}

const numbers = z.array(z.number()).optional();
const byLabel = z.record(z.string(), z.number()).optional();
const object = z.object({
  label: z.string(),
  score: z.number(),
  box: z.array(z.number()),
  area: z.number().optional(),
});
const answer = z.object({
  labels: byLabel,
  objects: z.array(object).optional(),
  embedding: numbers,
  text: z.string().optional(),
  depth: numbers,
  coverage: byLabel,
  keypoints: z.array(z.array(z.number())).optional(),
});

export const exportCaseSchema: z.ZodType<ExportCase> = z.object({
  tool: z.string(),
  model: z.string(),
  variant: z.string(),
  like: z.string(),
  adopt: z.array(z.string()).default([]),
  tolerance: z.number().default(1e-4),
  asked: z.array(z.object({ task: z.string(), input: z.string(), flags: z.array(z.string()), answer })),
});
