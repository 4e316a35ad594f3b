import { ModelError } from "../model-error.ts";
import type { MatchImageOutput } from "./match-image.ts";
import type { ScoreImageOutput } from "./score-image.ts";
import { type TaskName, type TaskOutput, taskNames } from "./vocabulary.ts";

/**
 * What of an answer can be drawn on its picture, as data: for `drawAnnotations` of `@menagerie/vision`, or for whoever
 * draws otherwise. Its kinds are those of that kit which tasks have had a use for so far.
 */
export type PictureAnnotation =
  /** Lines of text below the picture. */
  | { readonly kind: "caption"; readonly text: string }
  /** Labels with bars below the picture, in the order given; scores 0 to 1. */
  | { readonly kind: "classification"; readonly labels: readonly { readonly label: string; readonly score: number }[] };

/** @param picture position of the picture in the task's input, 0 where it takes one */
type Annotator<Name extends TaskName> = (output: TaskOutput<Name>, picture: number) => readonly PictureAnnotation[];

/** Every task says how its answer looks on a picture, or that it looks like nothing. */
const annotators: { readonly [Name in TaskName]: Annotator<Name> | undefined } = {
  "embed-image": undefined,
  "embed-text": undefined,
  "match-image": matches,
  "score-image": score,
  "transcribe-audio": undefined,
};

/** The tasks whose answers can be drawn. */
export const drawableTasks: readonly TaskName[] = taskNames.filter((name) => annotators[name] !== undefined);

/**
 * The annotations that show a task's answer on one of its pictures.
 * @throws ModelError `input_invalid` for a task of which nothing can be drawn, or a picture that the answer does not have
 */
export function annotationsOf<Name extends TaskName>(
  task: Name,
  output: TaskOutput<Name>,
  picture: number = 0,
): readonly PictureAnnotation[] {
  const annotate = annotators[task] as Annotator<Name> | undefined;
  if (annotate !== undefined) return annotate(output, picture);
  throw new ModelError(
    "input_invalid",
    `An answer to ${task} has nothing that can be drawn on a picture; answers to ${drawableTasks.join(" and ")} have.`,
    { details: { task, drawable: drawableTasks } },
  );
}

/** More labels than this say nothing to whoever looks at a picture. */
const mostLabels = 5;

function matches({ per_image }: MatchImageOutput, picture: number): readonly PictureAnnotation[] {
  const found = per_image.find(({ image }) => image === picture);
  if (found === undefined)
    throw new ModelError("input_invalid", `The answer has ${per_image.length} pictures, and none at ${picture}.`);
  const labels = found.matches.slice(0, mostLabels).map(({ label, score }) => ({ label, score }));
  return [{ kind: "classification", labels }];
}

function score(output: ScoreImageOutput): readonly PictureAnnotation[] {
  const { best, worst } = output;
  return [{ kind: "caption", text: `${output.score.toFixed(2)}  (${best} is best, ${worst} is worst)` }];
}
