import type { TaskName } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { megabytes, paint, table } from "./output.ts";

/** What a zoo that is being served says of itself: how it stands, what cannot be served, and what can be tried. */
export function banner(zoo: LocalZoo, address: string, hasToken: boolean): string {
  const { models, devices, problems, health } = zoo.status();
  const rows = models.map((model) => [
    model.model,
    model.state,
    model.tasks.join(", "),
    megabytes(model.declared_bytes),
    megabytes(model.measured_bytes),
  ]);
  const budget = devices
    .map((device) => `${device.device} ${megabytes(device.reserved_bytes)} of ${megabytes(device.budget_bytes)}`)
    .join(", ");
  const auth = hasToken ? ' -H "Authorization: Bearer $ZOO_TOKEN"' : "";
  return [
    `${paint("bold", zoo.name)} is ${health} on ${paint("cyan", address)}   memory reserved: ${budget}`,
    "",
    table(["MODEL", "STATE", "TASKS", "DECLARED", "MEASURED"], rows, ["DECLARED", "MEASURED"]),
    ...problems.map((problem) => `${paint("yellow", "problem")} ${problem.code}: ${problem.message}`),
    "",
    "Try:",
    ...examples(zoo, address, auth),
    `  curl ${address}/v1/models${auth}`,
    "",
    "Interrupt (Ctrl-C) to stop.",
  ].join("\n");
}

/** Tasks that take one picture and need nothing else. */
const onePicture: readonly TaskName[] = [
  "classify-image",
  "describe-image",
  "estimate-depth",
  "score-image",
  "segment-image",
];

/** One request that works for each kind of model that is served. */
function examples(zoo: LocalZoo, address: string, auth: string): string[] {
  const lines: string[] = [];
  for (const { model_name, tasks, labels } of zoo.models) {
    const labelled = labels === undefined ? ' -F labels="a cat" -F labels="a dog"' : "";
    const picture = tasks.find((task) => onePicture.includes(task));
    if (tasks.includes("match-image"))
      lines.push(
        `  curl${auth} -F model=${model_name} -F images=@picture.png -F top_k=3${labelled} ${address}/v1/tasks/match-image`,
      );
    else if (picture !== undefined)
      lines.push(`  curl${auth} -F model=${model_name} -F image=@photo.jpg ${address}/v1/tasks/${picture}`);
    else if (tasks.includes("transcribe-audio"))
      lines.push(`  curl${auth} -F model=${model_name} -F audio=@talk.wav ${address}/v1/tasks/transcribe-audio`);
  }
  return lines.slice(0, 4);
}
