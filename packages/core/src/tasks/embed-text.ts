import { z } from "zod";
import { type Embedding, embeddingSchema } from "./embed-image.ts";
import type { Task } from "./task.ts";

export interface EmbedTextInput {
  text: string;
}

export const embedText: Task<"embed-text", EmbedTextInput, Embedding> = {
  name: "embed-text",
  summary: "One vector for one text, comparable by cosine with the pictures or texts of the same model",
  input: z.strictObject({
    text: z.string().max(100_000).meta({ description: "The text; an empty one has a vector too", positional: true }),
  }),
  output: embeddingSchema,
};
