import type { CheckpointFolder } from "@menagerie/core";
import { z } from "zod";

/** What a config.json says of a model's classes. */
export interface ClassLabels {
  /** In the order of the outputs. */
  readonly labels: readonly string[];
  readonly problemType: string | undefined;
}

const configSchema = z.object({
  id2label: z.record(z.string().regex(/^\d+$/, "must be a number"), z.string()),
  problem_type: z.string().nullish(),
});

/** @throws ModelError `checkpoint_invalid` for a config.json whose `id2label` does not name every output from 0 on */
export async function readClassLabels(folder: CheckpointFolder): Promise<ClassLabels> {
  const { id2label, problem_type } = await folder.json("config.json", configSchema);
  // JSON has no numbers as keys: "10" comes after "9", not after "1".
  const labels = Object.keys(id2label).map((_, i) => {
    const label = id2label[String(i)];
    if (label !== undefined) return label;
    throw folder.refusal("config.json", "id2label", `has no label ${i} among its ${Object.keys(id2label).length}`);
  });
  if (labels.length === 0) throw folder.refusal("config.json", "id2label", "is empty");
  return { labels, problemType: problem_type ?? undefined };
}
