import { resolve } from "node:path";
import { annotationsOf, isDrawable, type RegisteredTask } from "@menagerie/core";
import { drawingKit } from "./drawing-kit.ts";
import { writeOutput } from "./write-output.ts";

/** Writes an answer on its picture. @param picture the bytes that were asked about */
export type WriteDrawing = (output: unknown, picture: Uint8Array) => Promise<void>;

/** Why answers to these inputs cannot be drawn on `file`; undefined where they can. */
export function drawingObstacle(file: string, task: RegisteredTask, inputs: readonly string[]): string | undefined {
  if (!isDrawable(task))
    return `an answer to ${task.name} cannot be drawn on a picture: its schema does not say how it is shown`;
  if (inputs.length > 1) return `--draw draws on one picture, not on ${inputs.length}: ask for one at a time`;
  if (inputs.some((input) => resolve(input) === resolve(file)))
    return `--draw would write over ${file}, the picture itself: name another file`;
  return undefined;
}

/**
 * Gets everything ready that can go wrong before a model has worked.
 * @throws ModelError `dependency_missing` without the kit that draws, `input_invalid` for a kind of file that is not written
 */
export async function prepareDrawing(file: string, task: RegisteredTask): Promise<WriteDrawing> {
  const { drawAnnotations, drawingFormatOf } = await drawingKit();
  const format = drawingFormatOf(file);
  return async (output, picture) => {
    const drawing = await drawAnnotations(picture, annotationsOf(task, output), { format });
    await writeOutput("The drawing", file, drawing);
  };
}
