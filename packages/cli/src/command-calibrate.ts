import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ModelError } from "@menagerie/core";
import {
  type CalibratedMemory,
  calibratedOf,
  changeZooLock,
  lockFileOf,
  readZooLock,
  readZooSpec,
  withCalibrated,
  type ZooSpec,
} from "@menagerie/core/host";
import type { Command } from "commander";
import { applicationDir, type GlobalFlags, openZoo } from "./application.ts";
import { type CalibratedRun, calibrateModel } from "./calibrate-model.ts";
import { type Drift, driftOf } from "./memory-drift.ts";
import { megabytes, paint, print, printJson, table } from "./output.ts";
import { showProgress } from "./progress.ts";

interface CalibrateFlags extends GlobalFlags {
  readonly zoo?: string;
  readonly modelsRoot?: string;
  readonly check?: boolean;
}

export function addCalibrateCommand(program: Command): void {
  program
    .command("calibrate")
    .summary("measure the memory of a model, for the zoo's lock")
    .description(
      [
        "Loads a model alone, three times, asks each of its tasks made questions up to its largest batch (64 items at most), measures what its runner takes,",
        "and writes that into zoo.lock beside the zoo spec. A zoo reserves what is measured, and a tenth more, in the place of what the spec declares.",
      ].join(" "),
    )
    .argument("<model>", "name or role of the model")
    .option("--zoo <file>", "zoo spec (default: ./zoo.yaml where there is one)")
    .option("--models-root <dir>", "folder of the artifacts")
    .option("--check", "write nothing; exit with 1 where a figure is off by more than 10 % of the lock")
    .addHelpText("after", "\nExamples:\n  zoo calibrate clip-vit-l\n  zoo calibrate clip-vit-l --check --json")
    .action(async (model: string, _flags: unknown, self: Command) => calibrate(model, self.optsWithGlobals()));
}

async function calibrate(model: string, flags: CalibrateFlags): Promise<void> {
  const standing = resolve(applicationDir(flags.app), "zoo.yaml");
  const named = flags.zoo === undefined ? (existsSync(standing) ? standing : undefined) : resolve(flags.zoo);
  const file = lockFileOf(named ?? standing);
  await using zoo = await openZoo(flags, {
    ...(named === undefined ? {} : { specFile: named, spec: await ungrouped(named) }),
    ...(flags.modelsRoot === undefined ? {} : { modelsRoot: flags.modelsRoot }),
  });
  const spec = zoo.find(model);
  const stop = showProgress(zoo, !flags.json);
  const { memory, runs } = await calibrateModel(zoo, spec).finally(stop);
  const locked = calibratedOf((await readZooLock(file)).memory, spec, memory.device);
  const declared = zoo.status().models.find(({ model: name }) => name === spec.model_name)?.declared_bytes;
  const report = { declared, memory, runs, locked, file };
  if (flags.check) return check(report, flags);
  await changeZooLock(file, (lock) => withCalibrated(lock, memory));
  if (flags.json) printJson({ ...memory, declared_bytes: declared, runs, file });
  else {
    show(report);
    print(`${paint("green", "written")} ${file}`);
  }
}

/** A zoo spec whose models have runners to themselves: of a shared one nobody could say which of them takes what. */
async function ungrouped(file: string): Promise<ZooSpec> {
  const spec = await readZooSpec(file);
  return { ...spec, models: spec.models?.map((line) => ({ ...line, group: undefined })) };
}

interface Report {
  readonly declared: number | undefined;
  readonly memory: CalibratedMemory;
  readonly runs: readonly CalibratedRun[];
  readonly locked: CalibratedMemory | undefined;
  readonly file: string;
}

/** Sets the exit code: 1 for drift. @throws `input_invalid` where there is nothing to check against */
function check(report: Report, flags: CalibrateFlags): void {
  const { memory, locked, file, runs } = report;
  if (locked === undefined) {
    const message = `${file} has no measurement of ${memory.model} with these weights on ${memory.device}. Write one: zoo calibrate ${memory.model}.`;
    throw new ModelError("input_invalid", message, { model: memory.model, details: { file, device: memory.device } });
  }
  const drift = driftOf(locked, memory);
  if (drift.length > 0) process.exitCode = 1;
  if (flags.json) {
    printJson({
      ok: drift.length === 0,
      model: memory.model,
      device: memory.device,
      drift,
      locked,
      measured: memory,
      runs,
    });
    return;
  }
  show(report);
  for (const { figure, share } of drift) print(`${paint("red", "drift")} ${figure}: ${percent(share)}`);
  if (drift.length === 0) print(`${paint("green", "ok")} within 10 % of ${file}`);
}

function show({ declared, memory, runs, locked }: Report): void {
  const row = (name: string, figure: Drift["figure"], spec?: number): string[] => [
    name,
    megabytes(spec),
    megabytes(locked?.[figure]),
    megabytes(memory[figure]),
  ];
  const rows = [
    row("weights", "weights_bytes"),
    row("main memory, at rest", "resident_bytes"),
    row("main memory, at its peak", "peak_bytes", memory.device === "cpu" ? declared : undefined),
    ...(memory.device === "cpu" ? [] : [row(memory.device, "device_bytes", declared)]),
  ];
  print(
    table([memory.model.toUpperCase(), "DECLARED", "LOCKED", "MEASURED"], rows, ["DECLARED", "LOCKED", "MEASURED"]),
  );
  for (const { task, items, at_once } of runs)
    print(`asked ${task} of ${items}${at_once === 1 ? "" : `, ${at_once} at once`}`);
}

function percent(share: number | undefined): string {
  return share === undefined ? "known on one side only" : `${share > 0 ? "+" : ""}${(share * 100).toFixed(0)} %`;
}
