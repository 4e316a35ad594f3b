import { type CheckpointFolder, labelList } from "@menagerie/core/adopt";
import { z } from "zod";

/** What a checkpoint says of its model's classes. */
export interface ClassLabels {
  /** In the order of the outputs. */
  readonly labels: readonly string[];
  readonly problemType: ProblemType | undefined;
  /** Where the labels stand. */
  readonly file: string;
  /** No file names them: they are `LABEL_0` and so on. */
  readonly isDefault?: true | undefined;
}

export type ProblemType = "regression" | "single_label_classification" | "multi_label_classification";

const count = z.int().positive().nullish();
const problemType = z.enum(["regression", "single_label_classification", "multi_label_classification"]).nullish();
const problemSchema = z.object({ problem_type: problemType });
const configSchema = z.object({
  id2label: z.record(z.string().regex(/^\d+$/, "must be a number"), z.string()).nullish(),
  num_labels: count,
  /** Of timm's configurations. */
  label_names: z.array(z.string()).nullish(),
  /** What these were called in its older ones, whose other keys stand at the top too. */
  labels: z.array(z.string()).nullish(),
  architecture: z.string().nullish(),
  num_classes: count,
  pretrained_cfg: z.looseObject({ label_names: z.array(z.string()).nullish() }).nullish(),
  problem_type: problemType,
});

/**
 * Reads the labels of config.json, or, where that names none, of classes.txt: one a line in the order of the outputs, as
 * torchvision's ImageFolder orders them. A config.json that leaves them out has transformers' own, `LABEL_0` and so on.
 * @throws ModelError `checkpoint_invalid` for an `id2label` that does not name every output from 0 on, or no labels
 */
export async function readClassLabels(folder: CheckpointFolder): Promise<ClassLabels> {
  const list = await folder.has("classes.txt");
  const file = "config.json";
  const chosen = folder.choices.labels;
  if (chosen !== undefined) {
    const config = (await folder.has(file)) ? await folder.json(file, problemSchema) : {};
    return { labels: chosen, problemType: config.problem_type ?? undefined, file: "--labels" };
  }
  if (!list && !(await folder.has(file)))
    throw folder.refusal(
      file,
      undefined,
      "is missing (looked for config.json, classes.txt): name the labels with --labels FILE",
    );
  if ((await folder.first([file, "classes.txt"])) !== file) return ofList(folder, undefined);
  const config = await folder.json(file, configSchema);
  const problemType = config.problem_type ?? undefined;
  if (config.id2label != null) return { labels: inOrder(folder, config.id2label), problemType, file };
  const ofTimm = config.label_names ?? config.pretrained_cfg?.label_names;
  const names = ofTimm ?? (config.architecture == null ? undefined : config.labels);
  if (names != null) return { labels: names, problemType, file };
  if (list) return ofList(folder, problemType);
  if (config.pretrained_cfg != null && (config.num_classes ?? 0) >= 1000)
    throw folder.refusal(
      file,
      "label_names",
      "is missing: the labels of ImageNet are in timm, not in the checkpoint. Name them with --labels FILE",
    );
  const outputs = config.num_labels ?? config.num_classes ?? 2;
  return { labels: Array.from({ length: outputs }, (_, i) => `LABEL_${i}`), problemType, file, isDefault: true };
}

function inOrder(folder: CheckpointFolder, id2label: Readonly<Record<string, string>>): string[] {
  // JSON has no numbers as keys: "10" comes after "9", not after "1".
  const labels = Object.keys(id2label).map((_, i) => {
    const label = id2label[String(i)];
    if (label !== undefined) return label;
    throw folder.refusal("config.json", "id2label", `has no label ${i} among its ${Object.keys(id2label).length}`);
  });
  if (labels.length === 0) throw folder.refusal("config.json", "id2label", "is empty");
  return labels;
}

async function ofList(folder: CheckpointFolder, problemType: ProblemType | undefined): Promise<ClassLabels> {
  const file = "classes.txt";
  const text = await folder.text(file);
  try {
    return { labels: labelList(text), problemType, file };
  } catch (cause) {
    throw folder.refusal(file, undefined, (cause as Error).message, cause);
  }
}
