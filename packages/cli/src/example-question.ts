import type { ModelSpec, TaskRegistry } from "@menagerie/core";
import { shellCommand } from "@menagerie/core/adopt";

/** The line that asks a model something, to copy: its first task, or what needs labels where it has none of its own. */
export function exampleCommand(spec: ModelSpec, tasks: TaskRegistry, flags: readonly string[] = []): string {
  const { model_name: name, tasks: own, labels } = spec;
  const needsLabels = labels === undefined && own.some((task) => labelled.includes(task));
  const task = own.find((one) => labelled.includes(one)) ?? own[0] ?? "";
  const words = needsLabels
    ? ["--labels", "a cat,a dog"]
    : own.length > 1 && labels === undefined
      ? ["--task", task]
      : [];
  return shellCommand("zoo", "run", name, ...exampleInput(task, tasks), ...words, ...flags);
}

const labelled = ["match-image", "match-video", "detect-objects"];

/** What could be asked: file names, or a text. */
function exampleInput(task: string, tasks: TaskRegistry): readonly string[] {
  const kind = tasks.named(task).positional?.kind;
  if (task === "match-video") return ["frame-1.jpg", "frame-2.jpg"];
  if (kind === "audio") return ["talk.wav"];
  if (kind === "video") return ["clip.mp4"];
  return [kind === "text" ? "a text" : "photo.jpg"];
}
