import { z } from "zod";
import { type Embedding, embeddingSchema } from "./embed-image.ts";
import type { Task } from "./task.ts";

export interface EmbedTextInput {
  /** One text, or several: then the answer has `embeddings`. */
  text: string | string[];
}

const text = z.string().max(100_000);

export const embedText: Task<"embed-text", EmbedTextInput, Embedding> = {
  name: "embed-text",
  summary: "One vector for each text, comparable by cosine with the pictures or texts of the same model",
  input: z.strictObject({
    text: z
      .union([text, z.array(text).min(1).max(10_000)])
      .meta({ description: "The text, or a list of them; an empty one has a vector too", positional: true }),
  }),
  output: embeddingSchema,
};
