import type { Command } from "commander";
import { applicationDir, type GlobalFlags } from "./application.ts";
import { type Check, checkMachine } from "./machine-checks.ts";
import { probeOffline } from "./offline-probe.ts";
import { paint, print, printJson, table } from "./output.ts";
import { checkZoo } from "./zoo-checks.ts";

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("check what this machine gives to a zoo")
    .description(
      "Checks what this machine gives to a zoo: isolation of runners, memory, folders, limits, engines, and whether what zoo.lock names is there. Loads no model. Exits with 1 if a check finds a problem; a warning is no problem.",
    )
    .option("--models-root <dir>", "folder of the artifacts")
    .option("--offline", "try to reach out from a runner, in JavaScript and natively, and say what stopped it")
    .addHelpText(
      "after",
      "\nExamples:\n  zoo doctor\n  zoo doctor --models-root /srv/models\n  zoo doctor --offline\n  zoo doctor --json | jq '.checks[] | select(.state != \"ok\")'",
    )
    .action(async (_flags: unknown, self: Command) => doctor(self.optsWithGlobals()));
}

interface DoctorFlags extends GlobalFlags {
  readonly modelsRoot?: string;
  readonly offline?: boolean;
}

async function doctor(flags: DoctorFlags): Promise<void> {
  const checks = [
    ...(await checkMachine(flags.modelsRoot === undefined ? {} : { modelsRoot: flags.modelsRoot })),
    ...(await checkZoo(applicationDir(flags.app), flags.modelsRoot)),
    ...(flags.offline === true ? await probeOffline() : []),
  ];
  const ok = checks.every(({ state }) => state !== "problem");
  if (!ok) process.exitCode = 1;
  if (flags.json) {
    printJson({ ok, checks });
    return;
  }
  print(
    table(
      ["CHECK", "STATE", "FOUND"],
      checks.map(({ name, state, found }) => [name, state, found]),
    ),
  );
  const open = checks.filter(({ remedy }) => remedy !== undefined);
  if (open.length > 0) print("");
  for (const { name, state, remedy } of open) print(`${paint(colours[state], state)} ${name}: ${remedy}`);
}

const colours = { ok: "green", warn: "yellow", problem: "red" } as const satisfies Record<Check["state"], string>;
