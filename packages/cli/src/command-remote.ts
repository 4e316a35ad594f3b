import { fromSerialisedModelError, ModelError } from "@menagerie/core";
import type { ZooStatus } from "@menagerie/core/host";
import { usableToken } from "@menagerie/server";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { GlobalFlags } from "./application.ts";
import { isErrorBody, megabytes, print, printJson, table } from "./output.ts";

export interface RemoteFlags extends GlobalFlags {
  readonly url: string;
  readonly token?: string;
}

/** Commands that ask a zoo that is being served. */
export function addRemoteCommands(program: Command): void {
  remote(
    program
      .command("ps")
      .summary("show what a running zoo has loaded")
      .description("Shows the models of a running zoo, and the memory they take."),
  ).action(async (_flags: unknown, self: Command) => ps(self.optsWithGlobals()));
  for (const verb of ["load", "unload"] as const) {
    const description =
      verb === "load"
        ? "Loads a model in a running zoo and keeps it."
        : "Unloads a model in a running zoo; ends when its memory is back.";
    remote(
      program
        .command(verb)
        .summary(`${verb} a model of a running zoo`)
        .description(description)
        .argument("<model>", "name of the model"),
    ).action(async (model: string, _flags: unknown, self: Command) => change(verb, model, self.optsWithGlobals()));
  }
}

export function remote(command: Command): Command {
  return command
    .addOption(
      new Option("--url <address>", "where the zoo is served")
        .argParser(parseUrl)
        .default("http://127.0.0.1:8000")
        .env("ZOO_URL"),
    )
    .addOption(new Option("--token <secret>", "its bearer token").env("ZOO_TOKEN"));
}

function parseUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new InvalidArgumentError("It must be an address like http://127.0.0.1:8000.");
}

async function ps(flags: RemoteFlags): Promise<void> {
  const body = (await call(flags, "GET", "/v1/models")) as Omit<ZooStatus, "models"> & { data: ZooStatus["models"] };
  if (flags.json) {
    printJson(body);
    return;
  }
  const rows = body.data.map((model) => [
    model.model,
    model.state,
    model.device ?? "-",
    megabytes(model.declared_bytes),
    megabytes(model.measured_bytes),
    String(model.leases),
    model.priority,
    idle(model.idle_ms),
    model.keep_warm ? "kept" : "on demand",
    String(model.pid ?? "-"),
  ]);
  print(
    table(["NAME", "STATE", "DEVICE", "DECLARED", "MEASURED", "LEASES", "PRIORITY", "IDLE", "UNTIL", "PID"], rows, [
      "DECLARED",
      "MEASURED",
      "LEASES",
      "IDLE",
      "PID",
    ]),
  );
  for (const device of body.devices)
    print(`${device.device}: ${megabytes(device.reserved_bytes)} reserved of ${megabytes(device.budget_bytes)}`);
}

async function change(verb: "load" | "unload", model: string, flags: RemoteFlags): Promise<void> {
  const body = await call(flags, "POST", `/v1/models/${encodeURIComponent(model)}/${verb}`);
  if (flags.json) printJson(body);
  else print(verb === "load" ? `${model} is loaded and stays until it is unloaded.` : `${model} is unloaded.`);
}

async function call(flags: RemoteFlags, method: string, path: string): Promise<unknown> {
  const body = parsed(await callText(flags, method, path));
  if (body === undefined) throw noZoo(flags, 200);
  return body;
}

/** The body of an answer. @throws the zoo's error, or `zoo_closed` where none answers */
export async function callText(flags: RemoteFlags, method: string, path: string): Promise<string> {
  // A variable that is set to nothing is no token.
  const token = flags.token?.trim() ? usableToken(flags.token, "--token (or ZOO_TOKEN)") : undefined;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(new URL(path, flags.url), { method, headers }).catch((cause: unknown) => {
    throw new ModelError(
      "zoo_closed",
      `No zoo answers at ${flags.url}. Start one with \`zoo serve\`, or name another with --url or ZOO_URL.`,
      { details: { url: flags.url }, cause },
    );
  });
  const text = await response.text();
  const body = parsed(text);
  if (isErrorBody(body)) throw fromSerialisedModelError(body.error);
  if (response.ok) return text;
  throw noZoo(flags, response.status);
}

function noZoo({ url }: RemoteFlags, status: number): ModelError {
  return new ModelError("internal", `${url} answered ${status} and no zoo's error: is it one?`, {
    details: { status },
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function idle(ms: number | undefined): string {
  if (ms === undefined) return "-";
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
