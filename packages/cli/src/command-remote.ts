import type { DeviceStatus, ModelStatus } from "@menagerie/core";
import type { Command } from "commander";
import type { GlobalFlags } from "./application.ts";
import { megabytes, print, printJson, table } from "./output.ts";
import { type ServedFlags, servedZoo, tokenOption, urlOption } from "./served-zoo.ts";

export interface RemoteFlags extends GlobalFlags, ServedFlags {
  readonly url: string;
}

/** Commands that ask a zoo that is being served. */
export function addRemoteCommands(program: Command): void {
  remote(
    program
      .command("ps")
      .summary("show what a running zoo has loaded")
      .description("Shows the models of a running zoo, and the memory they take."),
  ).action(async (_flags: unknown, self: Command) => ps(self.optsWithGlobals()));
}

export function remote(command: Command): Command {
  return command
    .addOption(urlOption("where the zoo is served").default("http://127.0.0.1:8000").env("ZOO_URL"))
    .addOption(tokenOption());
}

async function ps(flags: RemoteFlags): Promise<void> {
  await using zoo = servedZoo(flags.url, flags);
  const status = await zoo.status();
  if (flags.json) {
    const { models, ...rest } = status;
    printJson({ object: "list", data: models, ...rest });
    return;
  }
  const isGrouped = status.models.some(({ group }) => group !== undefined);
  const isReplicated = status.models.some(({ replicas }) => replicas !== undefined);
  const rows = status.models.map((model) => [
    model.model,
    ...(isGrouped ? [model.group ?? "-"] : []),
    ...(isReplicated ? [String(runners(model))] : []),
    model.state,
    model.device ?? "-",
    megabytes(model.calibrated_bytes ?? model.declared_bytes),
    megabytes(model.device_bytes ?? model.measured_bytes),
    megabytes(model.peak_bytes),
    String(model.leases),
    model.priority,
    duration(model.idle_ms),
    until(model),
    String(model.pid ?? "-"),
  ]);
  print(
    table(
      [
        "NAME",
        ...(isGrouped ? ["GROUP"] : []),
        ...(isReplicated ? ["RUNNERS"] : []),
        "STATE",
        "DEVICE",
        "DECLARED",
        "MEASURED",
        "PEAK",
        "LEASES",
        "PRIORITY",
        "IDLE",
        "UNTIL",
        "PID",
      ],
      rows,
      ["RUNNERS", "DECLARED", "MEASURED", "PEAK", "LEASES", "IDLE", "PID"],
    ),
  );
  for (const device of status.devices)
    print(
      `${device.device}: ${megabytes(device.reserved_bytes)} reserved of ${megabytes(device.budget_bytes)}${standing(device)}`,
    );
}

/** Those that can be asked. */
function runners({ state, replicas = [] }: ModelStatus): number {
  return [{ state }, ...replicas].filter((each) => each.state === "ready").length;
}

/** Until when a model stays if nobody asks for it. */
function until({ keep_warm, leases, running, state, until_ms }: ModelStatus): string {
  if (keep_warm) return "kept";
  if (state !== "ready") return "-";
  if (leases > 0 || running > 0) return "in use";
  return until_ms === undefined ? "for ever" : `in ${duration(until_ms)}`;
}

/** A server of an older version says nothing of these. */
function standing({ gone, pressure }: Partial<DeviceStatus>): string {
  if (gone === true) return "; it is gone";
  return pressure === undefined || pressure === "none" ? "" : `; ${pressure} pressure`;
}

function duration(ms: number | undefined): string {
  if (ms === undefined) return "-";
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
