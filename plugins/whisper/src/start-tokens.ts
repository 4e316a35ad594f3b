import { ModelError } from "@menagerie/core";
import { languageCode } from "./languages.ts";
import type { TokenLayout } from "./token-layout.ts";

/** What is asked of a recording, apart from how it is searched for. */
export interface Question {
  /** Code or name. */
  readonly language?: string | undefined;
  readonly translate?: boolean | undefined;
  readonly timestamps: boolean;
}

/**
 * The ids that open a text, as `_retrieve_init_tokens` of transformers 5 puts them. Its habits are kept: with neither a
 * language nor a task the checkpoint's `forced_decoder_ids` come, and in a checkpoint without them no task token at all;
 * a language alone brings the token for transcribing; a task alone has the language detected.
 * @param detect the id of the language that is spoken; called only where it is needed
 * @throws `input_invalid` for a language that is none, or is not the model's, and for anything but English of an English one
 */
export async function startTokens(
  layout: TokenLayout,
  question: Question,
  detect: () => Promise<number>,
): Promise<number[]> {
  if (!layout.isMultilingual) refuseChoice(question);
  const language = question.language ?? layout.language;
  const task =
    question.translate === undefined || !layout.isMultilingual
      ? layout.task
      : question.translate
        ? "translate"
        : "transcribe";
  const given = language === undefined ? undefined : languageId(layout, language);
  const forced = task === undefined && language === undefined ? (layout.forced ?? []) : [];
  const opening: (number | undefined)[] = [layout.startOfTranscript, ...forced];
  const spoken = given ?? (opening[1] === undefined && layout.languages.size > 0 ? await detect() : undefined);
  if (spoken !== undefined) opening[1] = spoken;
  if (task !== undefined) opening.push(taskId(layout, task));
  else if (language !== undefined && layout.tasks !== undefined) opening.push(layout.tasks.transcribe);
  return closed(
    opening.filter((id) => id !== undefined),
    layout,
    question,
  );
}

function closed(opening: number[], { noTimestamps }: TokenLayout, { timestamps }: Question): number[] {
  const isClosed = opening.at(-1) === noTimestamps;
  if (timestamps) return isClosed ? opening.slice(0, -1) : opening;
  return isClosed ? opening : [...opening, noTimestamps];
}

function languageId({ languages }: TokenLayout, language: string): number {
  // Fine-tuned checkpoints have it as the token, <|de|>.
  const name = language.toLowerCase().replace(/^<\|(.+)\|>$/, "$1");
  const code = languages.has(name) ? name : languageCode(name);
  const id = code === undefined ? undefined : languages.get(code);
  if (id !== undefined) return id;
  const known = [...languages.keys()];
  throw new ModelError(
    "input_invalid",
    `The model does not know the language "${language}". It knows: ${known.join(", ") || "none by name"}.`,
    { details: { language, known } },
  );
}

function taskId({ tasks }: TokenLayout, task: "transcribe" | "translate"): number {
  if (tasks !== undefined) return tasks[task];
  throw new ModelError(
    "input_invalid",
    `The model cannot be told to ${task}: its generation_config.json has no "task_to_id". Leave "translate" out.`,
  );
}

function refuseChoice({ language, translate }: Question): void {
  const asked =
    language !== undefined ? `the language "${language}"` : translate === true ? "a translation" : undefined;
  if (asked === undefined) return;
  throw new ModelError(
    "input_invalid",
    `The model knows English alone and cannot be asked for ${asked}. Leave "language" and "translate" out, or take a multilingual model.`,
    { details: { language, translate } },
  );
}
