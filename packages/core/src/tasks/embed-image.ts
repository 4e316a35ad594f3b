import { z } from "zod";
import type { Task } from "./task.ts";
import { imageBytes } from "./task-field.ts";

export interface EmbedImageInput {
  image: Uint8Array;
}

export interface Embedding {
  /** Unit length (L2). */
  embedding: number[];
}

export const embeddingSchema: z.ZodType<Embedding> = z.strictObject({
  embedding: z.array(z.number()).describe("Vector of unit length"),
});

export const embedImage: Task<"embed-image", EmbedImageInput, Embedding> = {
  name: "embed-image",
  summary: "One vector for one picture, comparable by cosine with others of the same model",
  input: z.strictObject({ image: imageBytes().meta({ description: "The picture", positional: true }) }),
  output: embeddingSchema,
};
