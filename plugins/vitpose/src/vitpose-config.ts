import { z } from "zod";

/** The keys of a ViTPose's config.json that its spec follows from. */
export interface VitPoseConfig {
  model_type: "vitpose";
  /** Names of the keypoints, in order. */
  id2label: string[];
  /** Pairs of keypoints that are joined, by position. */
  edges: [number, number][];
  backbone_config: { image_size: [height: number, width: number]; num_experts: number };
}

const side = z.int().positive();
const position = z.int().nonnegative();

const labelsSchema = z
  .record(z.string().regex(/^\d+$/, "must be keyed by numbers"), z.string().min(1))
  .transform((labels, context) => {
    const names = Object.keys(labels).map((_, i) => labels[String(i)]);
    if (names.length > 0 && names.every((name) => name !== undefined) && new Set(names).size === names.length)
      return names as string[];
    context.addIssue("must name every keypoint from 0 on, each by a name of its own");
    return z.NEVER;
  });

// Defaults are those of transformers' configurations: a key that equals its default may be left out of the file.
export const vitPoseConfigSchema: z.ZodType<VitPoseConfig> = z.object({
  model_type: z.literal("vitpose"),
  id2label: labelsSchema,
  edges: z.array(z.tuple([position, position])).default([]),
  backbone_config: z
    .object({
      image_size: z
        .union([z.tuple([side, side]), side.transform((edge): [number, number] => [edge, edge])])
        .default([256, 192]),
      num_experts: z.int().positive().default(1),
    })
    .prefault({}),
});
