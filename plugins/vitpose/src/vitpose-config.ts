import { z } from "zod";

/** The keys of a ViTPose's config.json that its spec follows from, besides the names of the keypoints. */
export interface VitPoseConfig {
  model_type: "vitpose";
  /** Pairs of keypoints that are joined, by position. */
  edges: [number, number][];
  backbone_config: { image_size: [height: number, width: number]; num_experts: number };
}

const side = z.int().positive();
const position = z.int().nonnegative();

// Defaults are those of transformers' configurations: a key that equals its default may be left out of the file.
export const vitPoseConfigSchema: z.ZodType<VitPoseConfig> = z.object({
  model_type: z.literal("vitpose"),
  edges: z
    .array(z.tuple([position, position]))
    .nullish()
    .transform((edges) => edges ?? []),
  backbone_config: z
    .object({
      image_size: z
        .union([z.tuple([side, side]), side.transform((edge): [number, number] => [edge, edge])])
        .default([256, 192]),
      num_experts: z.int().positive().default(1),
    })
    .prefault({}),
});
