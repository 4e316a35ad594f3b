import { z } from "zod";
import { imageBytes } from "./media-bytes.ts";
import type { Task } from "./task.ts";

export interface EmbedImageInput {
  /** One picture, or several: then the answer has `embeddings`. */
  image: Uint8Array | Uint8Array[];
}

export interface Embedding {
  /** Unit length (L2); of the first where several were asked about. */
  embedding: number[];
  /** One for each, in order, where a list was asked about. */
  embeddings?: number[][] | undefined;
}

export const embeddingSchema: z.ZodType<Embedding> = z.strictObject({
  embedding: z.array(z.number()).describe("Vector of unit length; of the first where several were asked about"),
  embeddings: z
    .array(z.array(z.number()))
    .optional()
    .describe("One vector for each, in order, where a list was asked about"),
});

export const embedImage: Task<"embed-image", EmbedImageInput, Embedding> = {
  name: "embed-image",
  summary: "One vector for each picture, comparable by cosine with others of the same model",
  input: z.strictObject({
    image: z
      .union([imageBytes(), z.array(imageBytes()).min(1).max(256)])
      .meta({ description: "The picture, or a list of them", positional: true }),
  }),
  output: embeddingSchema,
};
