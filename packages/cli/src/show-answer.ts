import { basename } from "node:path";
import type {
  Answer,
  ClassifyImageOutput,
  DescribeImageOutput,
  DetectObjectsOutput,
  Embedding,
  EstimateDepthOutput,
  EstimatePoseOutput,
  MatchImageOutput,
  MatchVideoOutput,
  RegisteredTask,
  ScoreImageOutput,
  SegmentImageOutput,
  TranscribeAudioOutput,
  TranscribedSegment,
} from "@menagerie/core";
import { bar, shownMatches } from "./bar.ts";
import { paint } from "./output.ts";
import { showAnyAnswer } from "./show-any-answer.ts";

/** An answer for a person. @param inputs names of the inputs, in order. @param task that was asked, where core does not have it */
export function showAnswer(answer: Answer, inputs: readonly string[], task?: RegisteredTask): string {
  return `${body(answer, inputs, task)}\n${showProof(answer)}`;
}

/** What gave the answer, and in what time. */
export function showProof({ model, output, models_used, timing_ms, model_signature }: Answer): string {
  const { total, load } = timing_ms;
  const { language, language_probability: probability, speech } = output as Partial<TranscribeAudioOutput>;
  const certainty = probability === undefined ? "" : ` (${(probability * 100).toFixed(0)} %)`;
  const facts = [
    `${model} on ${models_used[0]?.device ?? "?"}`,
    ...(language === undefined ? [] : [`language ${language}${certainty}`]),
    ...(speech === undefined
      ? []
      : [`speech of ${speech.reduce((sum, { start, end }) => sum + end - start, 0).toFixed(1)} s heard`]),
    `${Math.round(total)} ms${load > 1 ? ` of which ${Math.round(load)} ms load` : ""}`,
    `${model_signature.slice(0, 19)}…`,
  ];
  return paint("dim", facts.join(", "));
}

function body(answer: Answer, inputs: readonly string[], task: RegisteredTask | undefined): string {
  switch (answer.task) {
    case "match-image":
      return showMatches(
        answer.output as MatchImageOutput,
        inputs.map((input) => basename(input)),
      );
    case "match-video": {
      const rows = (answer.output as MatchVideoOutput).matches.slice(0, shownMatches);
      const head = inputs.length === 1 ? "1 frame" : `${inputs.length} frames`;
      return [paint("bold", head), ...rows.map(({ score, label }) => bar(score, label))].join("\n");
    }
    case "classify-image": {
      const rows = (answer.output as ClassifyImageOutput).labels.slice(0, shownMatches);
      return [paint("bold", basename(inputs[0] ?? "")), ...rows.map(({ score, label }) => bar(score, label))].join(
        "\n",
      );
    }
    case "segment-image": {
      const { width, height, classes } = answer.output as SegmentImageOutput;
      const rows = [...classes].sort((a, b) => b.coverage - a.coverage);
      const head = `${paint("bold", basename(inputs[0] ?? ""))}  ${width} x ${height} pixels`;
      return [head, ...rows.map(({ coverage, label }) => bar(coverage, label))].join("\n");
    }
    case "estimate-depth": {
      const { width, height, minimum, maximum, near } = answer.output as EstimateDepthOutput;
      return `${basename(inputs[0] ?? "")}: ${paint("bold", `${width} x ${height} pixels`)} of ${near === "larger" ? "relative depth" : "depth in metres"} from ${minimum.toFixed(3)} to ${maximum.toFixed(3)} (${near} is nearer)`;
    }
    case "score-image": {
      const { score, best, worst } = answer.output as ScoreImageOutput;
      return `${basename(inputs[0] ?? "")}: ${paint("bold", score.toFixed(2))}  (${best} is best, ${worst} is worst)`;
    }
    case "describe-image":
      return showDescription(answer.output as DescribeImageOutput, basename(inputs[0] ?? ""));
    case "detect-objects":
    case "segment-objects":
      return showObjects(answer.output as DetectObjectsOutput, basename(inputs[0] ?? ""));
    case "estimate-pose":
      return showPoses(answer.output as EstimatePoseOutput, basename(inputs[0] ?? ""));
    case "transcribe-audio":
      return showTranscript(answer.output as TranscribeAudioOutput, basename(inputs[0] ?? ""));
    case "embed-image":
    case "embed-text":
      return showEmbedding(answer.output as Embedding, inputs[0] ?? "");
    default:
      return task === undefined ? "" : showAnyAnswer(task, answer.output, inputs[0]);
  }
}

function showEmbedding({ embedding, embeddings }: Embedding, name: string): string {
  const first = embedding.slice(0, 6).map((value) => value.toFixed(4));
  const many = embeddings === undefined ? "" : `${embeddings.length} vectors of `;
  return `${name}: ${paint("bold", `${many}${embedding.length} dimensions`)} ${lengthWords([embedding, ...(embeddings ?? [])])}: ${first.join(" ")}${embedding.length > first.length ? " …" : ""}`;
}

/** What is true of the lengths (L2) of all the vectors. Rounding to float16 moves a unit length by less than 0.001. */
function lengthWords(vectors: readonly (readonly number[])[]): string {
  const lengths = vectors.map((vector) => Math.hypot(...vector));
  if (lengths.every((length) => Math.abs(length - 1) < 0.001)) return "of unit length";
  const [least, most] = [Math.min(...lengths).toPrecision(4), Math.max(...lengths).toPrecision(4)];
  return least === most ? `of length ${least}` : `of lengths from ${least} to ${most}`;
}

/** The text, or what it says of places: a line each, in pixels. */
function showDescription({ text, objects, quads, polygons }: DescribeImageOutput, name: string): string {
  if (objects === undefined && quads === undefined && polygons === undefined) return `${paint("bold", name)}  ${text}`;
  const lines = [
    ...(objects ?? []).map(({ label, box: { x1, y1, x2, y2 } }) => [label, [x1, y1, x2, y2].join(", ")]),
    ...(quads ?? []).map((found) => [found.text, found.quad.join(", ")]),
    ...(polygons ?? []).map(({ label, polygons: outlines }) => [
      label,
      `outlined by ${outlines.map((points) => points.length / 2).join(" + ")} points`,
    ]),
  ].map(([what, where]) => `  ${what || "something"}  ${paint("dim", where ?? "")}`);
  return [paint("bold", name), ...(lines.length > 0 ? lines : ["  nothing"])].join("\n");
}

/** Each thing with its score and the edges of its box, in pixels. */
function showObjects({ objects }: DetectObjectsOutput, name: string): string {
  const lines = objects.map(
    ({ label, score, box: { x1, y1, x2, y2 } }) =>
      `${bar(score, label)}  ${paint("dim", [x1, y1, x2, y2].map((edge) => edge.toFixed(1)).join(", "))}`,
  );
  return [paint("bold", name), ...(lines.length > 0 ? lines : ["  nothing"])].join("\n");
}

function showPoses({ people }: EstimatePoseOutput, name: string): string {
  return people
    .map(({ box: { x1, y1, x2, y2 }, keypoints }) => {
      const head = `${paint("bold", name)} ${paint("dim", [x1, y1, x2, y2].map((edge) => edge.toFixed(1)).join(", "))}`;
      const lines = keypoints.map((point) =>
        bar(Math.min(Math.max(point.score, 0), 1), `${point.name} ${point.x.toFixed(1)}, ${point.y.toFixed(1)}`),
      );
      return [head, ...lines].join("\n");
    })
    .join("\n");
}

/** On a line of its own, after the times of its start and end. */
export function showSegment({ start, end, text }: TranscribedSegment): string {
  return `  ${paint("dim", `${clock(start)} - ${clock(end)}`)}  ${text.trim()}`;
}

function showTranscript({ text, segments }: TranscribeAudioOutput, name: string): string {
  const lines = segments.map(showSegment);
  return [paint("bold", name), ...(segments.length > 0 ? lines : [`  ${text.trim() || "nothing"}`])].join("\n");
}

/** Minutes, seconds and hundredths. */
function clock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${String(minutes).padStart(2, "0")}:${(seconds - minutes * 60).toFixed(2).padStart(5, "0")}`;
}

/** One label and several pictures is a search; everything else names pictures. */
function showMatches(output: MatchImageOutput, names: readonly string[]): string {
  const [only] = output.per_label;
  if (names.length > 1 && output.per_label.length === 1 && only !== undefined) {
    return `${paint("bold", only.label)}\n${only.matches
      .slice(0, shownMatches)
      .map((match) => bar(match.score, names[match.image] ?? ""))
      .join("\n")}`;
  }
  return output.per_image
    .map(
      ({ image, matches }) =>
        `${paint("bold", names[image] ?? "")}\n${matches
          .slice(0, shownMatches)
          .map((match) => bar(match.score, match.label))
          .join("\n")}`,
    )
    .join("\n");
}
