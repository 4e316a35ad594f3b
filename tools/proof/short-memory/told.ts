import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LocalZoo } from "@menagerie/core/host";
import { createServer } from "@menagerie/server";

const main = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));

/** What the command line says of a zoo that is at work, command by command. @param file for its journal */
export async function toldBy(zoo: LocalZoo, models: readonly string[], file: string): Promise<string> {
  const server = await createServer(zoo);
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  try {
    const cold = zoo.status().models.find(({ state }) => state === "cold" || state === "waiting")?.model ?? models[0];
    const budget = zoo.status().devices.find(({ device }) => device === "cpu")?.budget_bytes ?? 0;
    const commands = [
      ["ps", "--url", url],
      ["explain", String(cold), "--url", url],
      ["journal", "--url", url, "--out", file],
      ["journal", "--url", url, "--perfetto", "--out", `${file}.perfetto.json`],
      ["replay", file, "--budget", `cpu=${Math.round((2 * budget) / 1e6)}MB`],
    ];
    const said: string[] = [];
    for (const command of commands) said.push(`$ zoo ${command.join(" ")}\n${await run(command)}`);
    return said.join("\n");
  } finally {
    await server.close();
  }
}

function run(command: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ["--conditions=menagerie-source", main, ...command]);
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => said.push(String(data)));
  return new Promise((resolve) => child.on("close", () => resolve(said.join(""))));
}
