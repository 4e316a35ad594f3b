import { ModelError } from "../contract/model-error.ts";

/** Lists and objects within one another that an input may have: what reads them does so level by level, on one stack. */
const mostLevels = 500;

/** Refuses what is nested too deeply to be read, or holds itself. @throws `input_invalid` */
export function requireShallow(task: string, input: unknown): void {
  if (!isDeeper(input, mostLevels)) return;
  throw new ModelError(
    "input_invalid",
    `The input of ${task} is nested more than ${mostLevels} levels deep, or holds itself. Send it in fewer levels.`,
    { details: { task, levels_at_most: mostLevels } },
  );
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  return Object.values(value).some((item) => isDeeper(item, levels - 1));
}
