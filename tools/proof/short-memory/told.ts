import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { parseJournal } from "@menagerie/core/scheduler";
import { createServer } from "@menagerie/server";

const plugin = fileURLToPath(new URL("../plugin", import.meta.url));
const main = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));

/** What the command line says of a zoo that is at work, command by command. @param file for its journal */
export async function toldBy(
  zoo: LocalZoo,
  folder: string,
  specs: readonly ModelSpec[],
  file: string,
): Promise<string> {
  const server = await createServer(zoo);
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  try {
    const cold = zoo.status().models.find(({ state }) => state === "cold" || state === "waiting")?.model;
    const budget = zoo.status().devices.find(({ device }) => device === "cpu")?.budget_bytes ?? 0;
    const commands = [
      ["ps", "--url", url],
      ["explain", String(cold), "--url", url],
      ["journal", "--url", url, "--out", file],
      ["journal", "--url", url, "--perfetto", "--out", `${file}.perfetto.json`],
      ["replay", file, "--budget", `cpu=${Math.round((2 * budget) / 1e6)}MB`],
    ];
    const said: string[] = [];
    const say = async (command: readonly string[]): Promise<unknown> =>
      said.push(`$ zoo ${command.join(" ")}\n${await run(command)}`);
    for (const command of commands) await say(command);
    const [first, second] = [...specs].reverse().map(({ model_name }) => model_name);
    const spec = await specFiles(folder, specs);
    const trace = `${file}.trace.ndjson`;
    await writeFile(trace, await requestsOf(file));
    const where = ["--app", folder, "--zoo", spec, "--budget", `cpu=${Math.round(budget / 1e6)}MB`];
    await say(["plan", String(first), String(second), ...where]);
    await say(["plan", "--trace", trace, ...where]);
    return said.join("\n");
  } finally {
    await server.close();
  }
}

/** A zoo spec and a file for each model, so that another process can plan with them. */
async function specFiles(folder: string, specs: readonly ModelSpec[]): Promise<string> {
  for (const spec of specs)
    await writeFile(join(folder, `${spec.model_name}.yaml`), JSON.stringify({ ...spec, plugin }));
  const models = specs.map(({ model_name: model }) => ({ model, spec: `${model}.yaml` }));
  const file = join(folder, "zoo.yaml");
  await writeFile(file, JSON.stringify({ plugins: [plugin], models }));
  return file;
}

/** The requests of a journal as a trace. */
async function requestsOf(journal: string): Promise<string> {
  const { entries } = parseJournal(await readFile(journal, "utf8"));
  return entries
    .flatMap(({ at, event }) => (event.type === "requested" ? [{ time: at, model: event.request.model, ms: 80 }] : []))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
}

function run(command: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ["--conditions=menagerie-source", main, ...command]);
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => said.push(String(data)));
  return new Promise((resolve) => child.on("close", () => resolve(said.join(""))));
}
