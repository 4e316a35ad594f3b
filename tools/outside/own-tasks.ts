import { type AnswerTensor, type TaskValue, taskValue } from "@menagerie/core";

/** What the packages of these tasks would export beside their documents, so that code is typed by them. */
export const classifyText: TaskValue<
  string,
  {
    messages: { role: "system" | "user" | "assistant"; content: string }[];
    labels?: string[];
    weights?: Record<string, number>;
  },
  { labels: { label: string; score: number }[]; turns: number },
  { text: string }
> = taskValue("classify-text");

export const embedAudio: TaskValue<string, { audio: Uint8Array; size?: number }, { embedding: AnswerTensor }, never> =
  taskValue("embed-audio");

export const paintImage: TaskValue<
  string,
  { prompt: string; size?: number },
  { image: Uint8Array; stripes: number },
  never
> = taskValue("paint-image");
