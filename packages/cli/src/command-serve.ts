import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ModelError, type TaskName, toModelError } from "@menagerie/core";
import type { Zoo } from "@menagerie/core/host";
import { createServer } from "@menagerie/server";
import { type Command, Option } from "commander";
import { applicationDir, type GlobalFlags, openZoo } from "./application.ts";
import { megabytes, paint, print, printJson, table } from "./output.ts";
import { showProgress } from "./progress.ts";

interface ServeFlags extends GlobalFlags {
  readonly host: string;
  readonly port: string;
  readonly modelsRoot?: string;
  readonly token?: string;
  readonly maxBodyMb: string;
}

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .summary("serve a zoo over HTTP")
    .description("Serves a zoo over HTTP until it is interrupted: typed tasks, health, metrics and OpenAPI.")
    .argument("[zoo]", "zoo spec; ./zoo.yaml where there is one, else every model of every plugin")
    .addOption(
      new Option("--host <address>", "address to listen on; others than this machine's own need a token")
        .default("127.0.0.1")
        .env("ZOO_HOST"),
    )
    .addOption(
      new Option("-p, --port <n>", "port to listen on, 0 for any that is free").default("8000").env("ZOO_PORT"),
    )
    .addOption(new Option("--models-root <dir>", "folder of the models").env("ZOO_MODELS_ROOT"))
    .addOption(new Option("--token <secret>", "bearer token that requests must carry").env("ZOO_TOKEN"))
    .addOption(new Option("--max-body-mb <n>", "largest request in MiB").default("16").env("ZOO_MAX_BODY_MB"))
    .addHelpText(
      "after",
      '\nExamples:\n  zoo serve\n  zoo serve camera.yaml --port 9000\n  zoo serve --host 0.0.0.0 --token "$SECRET"',
    )
    .action(async (file: string | undefined, _flags: unknown, self: Command) => serve(file, self.optsWithGlobals()));
}

async function serve(named: string | undefined, flags: ServeFlags): Promise<void> {
  if (!isLocal(flags.host) && flags.token === undefined) {
    throw new ModelError(
      "unauthorised",
      `Listening on ${flags.host} would open the zoo to the network. Give a --token (or ZOO_TOKEN) that clients must send, or listen on 127.0.0.1.`,
    );
  }
  const standing = resolve(applicationDir(flags.app), "zoo.yaml");
  const specFile = named === undefined ? (existsSync(standing) ? standing : undefined) : resolve(named);
  const zoo = await openZoo(flags, {
    ...(specFile === undefined ? {} : { specFile }),
    ...(flags.modelsRoot === undefined ? {} : { modelsRoot: flags.modelsRoot }),
  });
  const server = await createServer(zoo, {
    maxBodyBytes: Number(flags.maxBodyMb) * 2 ** 20,
    ...(flags.token === undefined ? {} : { token: flags.token }),
  });
  try {
    const address = await listen(server, flags);
    await warm(zoo, flags);
    if (flags.json) printJson({ address, ...zoo.status() });
    else print(banner(zoo, address, flags.token !== undefined));
    await interrupted();
    if (!flags.json)
      process.stderr.write("Stopping: requests under way are answered first. Interrupt again to stop at once.\n");
  } finally {
    await server.close();
    await zoo[Symbol.asyncDispose]();
  }
}

async function listen(server: Awaited<ReturnType<typeof createServer>>, flags: ServeFlags): Promise<string> {
  try {
    return await server.listen({ host: flags.host, port: Number(flags.port) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
    throw new ModelError(
      "internal",
      `Port ${flags.port} of ${flags.host} is in use already. Stop what listens there, or take another: zoo serve --port ${Number(flags.port) + 1}`,
      { cause },
    );
  }
}

/** Loads what is to stay. A model that fails is told of and served as failed, unless it is required. */
async function warm(zoo: Zoo, flags: ServeFlags): Promise<void> {
  const stop = showProgress(zoo, !flags.json);
  const kept = zoo.status().models.filter((model) => model.keep_warm);
  const loads = await Promise.allSettled(kept.map((model) => zoo.load(model.model)));
  stop();
  for (const load of loads)
    if (load.status === "rejected")
      process.stderr.write(
        `${paint("yellow", "problem")} ${toModelError(load.reason).code}: ${toModelError(load.reason).message}\n`,
      );
  if (zoo.status().health !== "unhealthy") return;
  throw toModelError(loads.find((load) => load.status === "rejected")?.reason);
}

function banner(zoo: Zoo, address: string, hasToken: boolean): string {
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
function examples(zoo: Zoo, address: string, auth: string): string[] {
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

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Resolves at the first interrupt; a second one ends the process at once. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        resolve();
        process.once(signal, () => process.exit(130));
      });
    }
  });
}
