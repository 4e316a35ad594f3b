import { isBytesSchema } from "../contract/json-schema.ts";
import { type AnswerTensor, tensorOf } from "./answer-tensor.ts";
import { mediaTypeOf } from "./media-type.ts";
import { npyBytes } from "./npy.ts";
import type { RegisteredTask } from "./registered-task.ts";
import { type PlacedValue, placesIn, schemasIn } from "./schema-places.ts";

/** A picture, recording, film, tensor or other file that an answer holds. */
export interface AnswerFile {
  /** Where it stands in the answer: `stems.vocals`. */
  readonly path: string;
  readonly kind: "image" | "audio" | "video" | "text" | "tensor" | "file";
  readonly bytes: Uint8Array;
  /** What the bytes are, as HTTP says it: `image/png`. */
  readonly mediaType: string;
  /** Ending of a file of that kind, with its dot. */
  readonly extension: string;
}

/** Whether answers to the task can hold files, as its schema says. */
export function holdsFiles(task: RegisteredTask): boolean {
  return [...schemasIn(task.document.output)].some(
    (schema) => isBytesSchema(schema) || schema.tensor !== undefined || schema.media === "text",
  );
}

/** The files of an answer, in its order. A tensor is given as numpy's `.npy`. */
export function answerFiles(task: RegisteredTask, output: unknown): AnswerFile[] {
  const files: AnswerFile[] = [];
  const tensors: string[] = [];
  for (const place of placesIn(task.document.output, output)) {
    const path = place.path.join(".");
    // The bytes of a tensor are in it already.
    if (tensors.some((tensor) => path === `${tensor}.data` || (tensor === "" && path === "data"))) continue;
    const tensor = tensorOf(place.schema, place.value, place.holders.at(-1));
    if (typeof tensor === "object") {
      tensors.push(path);
      files.push(tensorFile(path || "tensor", tensor));
    } else {
      const file = plainFile(path, place);
      if (file !== undefined) files.push(file);
    }
  }
  return files;
}

function tensorFile(path: string, tensor: AnswerTensor): AnswerFile {
  return { path, kind: "tensor", bytes: npyBytes(tensor), mediaType: "application/x-npy", extension: ".npy" };
}

function plainFile(path: string, { schema, value }: PlacedValue): AnswerFile | undefined {
  if (isBytesSchema(schema) && value instanceof Uint8Array) {
    const kind = schema.media === undefined ? "file" : (schema.media as AnswerFile["kind"]);
    return { path, kind, bytes: value, ...mediaTypeOf(value, schema.contentMediaType) };
  }
  if (schema.media !== "text" || typeof value !== "string") return undefined;
  const bytes = new TextEncoder().encode(value);
  return { path, kind: "text", bytes, mediaType: "text/plain; charset=utf-8", extension: ".txt" };
}
