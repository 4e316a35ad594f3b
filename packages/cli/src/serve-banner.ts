import type { LocalZoo } from "@menagerie/core/host";
import { isAskedOfFile } from "./golden-question.ts";
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

/** One request that works for each kind of model that is served. */
function examples(zoo: LocalZoo, address: string, auth: string): string[] {
  const lines: string[] = [];
  for (const { model_name, tasks, labels } of zoo.models) {
    const asked = tasks.map((name) => zoo.tasks.named(name));
    const task = asked.find(({ name }) => name === "match-image") ?? asked.find(isAskedOfFile);
    const field = task?.positional;
    if (task === undefined || field === undefined) continue;
    const isMatch = task.name === "match-image";
    const labelled = isMatch ? ` -F top_k=3${labels === undefined ? ' -F labels="a cat" -F labels="a dog"' : ""}` : "";
    const file = files[field.kind] ?? "file.bin";
    lines.push(
      `  curl${auth} -F model=${model_name} -F ${field.name}=@${file}${labelled} ${address}/v1/tasks/${task.name}`,
    );
  }
  return lines.slice(0, 4);
}

const files: Readonly<Record<string, string>> = { image: "photo.jpg", audio: "talk.wav", video: "film.mp4" };
