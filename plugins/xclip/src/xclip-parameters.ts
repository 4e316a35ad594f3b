import type { ModelSpec } from "@menagerie/core";
import { type PictureTextDescription, pictureTextDescription } from "@menagerie/embedding";
import { z } from "zod";

/** What only X-CLIPs say in `parameters`. */
export interface XclipParameters {
  /** How many frames the model looks at, fixed by its positions in time. */
  frames: number;
  /** Sentence around a label, `{}` standing for it. */
  template: string;
}

const parametersSchema: z.ZodType<XclipParameters> = z.strictObject({
  frames: z.int().positive().max(256),
  template: z.string().includes("{}").default("{}"),
});

/** All of a spec that an X-CLIP needs. */
export type XclipDescription = XclipParameters & PictureTextDescription;

/** @throws ModelError `model_spec_invalid` for what is missing or does not fit */
export function xclipDescription(spec: ModelSpec): XclipDescription {
  return pictureTextDescription(spec, parametersSchema, "X-CLIP");
}
