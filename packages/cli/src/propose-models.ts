import { isModelError, ModelError } from "@menagerie/core";
import { type AdoptChoices, shellCommand } from "@menagerie/core/adopt";
import { type FittingModel, type FolderReading, type LocalZoo, whatIsThere } from "@menagerie/core/host";

/**
 * The known models that a folder could be like, the likeliest first.
 * @throws ModelError `checkpoint_invalid` where there are none, with what is in the folder and how far each family came
 */
export async function proposals(zoo: LocalZoo, dir: string, choices: AdoptChoices): Promise<readonly FittingModel[]> {
  const reading = await zoo.fitting(dir, choices);
  if (reading.fitting.length > 0) return reading.fitting;
  const there = await whatIsThere(dir);
  throw new ModelError(
    "checkpoint_invalid",
    [`${dir} fits no family that this zoo knows.`, there, nearestMisses(reading)].filter(Boolean).join(" "),
    {
      details: { folder: dir, refused: reading.refused.map(({ like, reason }) => ({ like, reason: reason.message })) },
    },
  );
}

/** A refusal of the family that was named, with the families that the folder does fit. @returns the error to throw */
export async function otherFamilies(
  zoo: LocalZoo,
  dir: string,
  error: unknown,
  choices: AdoptChoices,
): Promise<unknown> {
  if (!isModelError(error) || error.code !== "checkpoint_invalid") return error;
  // A damaged file is no matter of families, and neither is a choice that this one does not leave.
  if (error.details.found !== undefined || error.details.is_choice === true) return error;
  const { fitting } = await zoo.fitting(dir, choices).catch(() => ({ fitting: [] as FittingModel[] }));
  const isMissing = /is missing|cannot be read/.test(error.message);
  const more = fitting.length > 0 ? fittingWords(dir, fitting) : isMissing ? await whatIsThere(dir) : undefined;
  if (more === undefined) return error;
  return new ModelError(error.code, `${error.message} ${more}`, {
    details: { ...error.details, fitting: fitting.map(({ like }) => like) },
    cause: error,
  });
}

/** What a folder fits, with the commands to copy. */
export function fittingWords(dir: string, fitting: readonly FittingModel[]): string {
  const [first] = fitting;
  if (first === undefined) return "";
  const lines = fitting.map(
    ({ like, description }) => `  --like ${like}${description === undefined ? "" : `  (${description})`}`,
  );
  const command = shellCommand("zoo", "adopt", dir, "--like", first.like);
  const which = fitting.length === 1 ? "It fits the family of" : "It fits the families of";
  return `${which}:\n${lines.join("\n")}\nTry: ${command}`;
}

/** Families that found something of theirs: those that only miss their first file say nothing. */
function nearestMisses({ refused }: FolderReading): string {
  const told = refused.filter(
    ({ reason }) => !/is missing|cannot be read|cannot adopt|model_type/.test(reason.message),
  );
  // Families of one kind stumble over one thing.
  const byReason = Map.groupBy(told, ({ reason }) => reason.message);
  if (byReason.size === 0) return "";
  const words = [...byReason].slice(0, 4).map(([reason, families]) => {
    const names = families.map(({ like }) => like);
    return `${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}: ${reason}`;
  });
  return `The nearest: ${words.join(" · ")}`;
}
