import { readFile } from "node:fs/promises";
import { type Device, ModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { type Forecast, type Plan, parseTrace, reasonText } from "@menagerie/core/scheduler";
import type { Command } from "commander";
import { type GlobalFlags, openZoo } from "./application.ts";
import { type Budgets, parseBudgets } from "./budget-flag.ts";
import { drawnForecast } from "./drawn-forecast.ts";
import { megabytes, print, printJson, table } from "./output.ts";

/** What the scheduler would do: by the function that runs in a zoo. */
export function addPlanCommand(program: Command): void {
  program
    .command("plan")
    .summary("show what loading models together, or a day's requests, would do")
    .description(
      "Shows whether models fit together, who would leave, and how long it takes; with a trace, what its requests would do. Loads nothing.",
    )
    .argument("[models...]", "names or roles of the models")
    .option("--budget <list>", "memory by device, like cpu=4GB,cuda:0=24GB", parseBudgets)
    .option("--trace <file>", "requests as lines of JSON: time (ms or a date), model, priority, ms, deadline_ms")
    .option("--zoo <file>", "zoo spec that says how models are kept and for how long")
    .addHelpText(
      "after",
      `
Examples:
  zoo plan clip-vit-l yolo-world-s
  zoo plan clip-vit-l --budget cpu=1GB
  zoo plan --trace day.ndjson --budget cpu=4GB,cuda:0=24GB

A line of a trace, of which all but time and model may be left out:
  {"time":1500,"model":"clip-vit-l","priority":"high","ms":40,"deadline_ms":2000}`,
    )
    .action(async (models: string[], _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<PlanFlags>();
      if (models.length === 0 && flags.trace === undefined)
        self.error("error: name models, or a trace (--trace FILE)", { exitCode: 2 });
      await plan(models, flags);
    });
}

interface PlanFlags extends GlobalFlags {
  readonly budget?: Budgets;
  readonly trace?: string;
  readonly zoo?: string;
}

async function plan(models: readonly string[], flags: PlanFlags): Promise<void> {
  const arrivals = flags.trace === undefined ? undefined : await traceIn(flags.trace);
  await using zoo = await openZoo(flags, flags.zoo === undefined ? {} : { specFile: flags.zoo });
  const options = { budgets: flags.budget as Partial<Record<Device, number>> | undefined };
  const planned = models.length === 0 ? undefined : planOf(zoo, models, options);
  const forecast = arrivals === undefined ? undefined : zoo.forecast(arrivals, options);
  if (flags.json) {
    const { state: _, ...rest } = planned ?? { state: undefined };
    printJson({ ...rest, ...(forecast === undefined ? {} : { forecast }) });
    return;
  }
  if (planned !== undefined) printPlan(planned);
  if (planned !== undefined && forecast !== undefined) print("");
  if (forecast !== undefined) printForecast(forecast);
}

function planOf(zoo: LocalZoo, models: readonly string[], options: Parameters<LocalZoo["plan"]>[1]): Plan {
  const names = [...new Set(models.map((model) => zoo.find(model).model_name))];
  return zoo.plan(names, options);
}

function printPlan(planned: Plan): void {
  const isGrouped = planned.models.some(({ model, unit }) => unit !== model);
  const rows = planned.models.map(({ model, unit, device, waitMs, refusal }) => [
    model,
    ...(isGrouped ? [unit === model ? "-" : unit] : []),
    refusal === undefined ? (device ?? "-") : "-",
    waitMs === undefined ? "-" : `${Math.round(waitMs)} ms`,
    outcomeWords({ waitMs, refusal }),
  ]);
  print(table(["NAME", ...(isGrouped ? ["WITH"] : []), "DEVICE", "READY IN", "OUTCOME"], rows, ["READY IN"]));
  for (const { at, unit, reason } of planned.leaves)
    print(`after ${Math.round(at)} ms ${unit} leaves: ${reasonText(reason)}`);
  const { resources, units } = planned.state;
  for (const [i, { name, budget }] of resources.entries()) {
    const reserved = units.reduce((sum, unit) => sum + (unit.reserved[i] ?? 0), 0);
    if (name === "loaded") print(`${reserved} of ${budget} models that may be loaded`);
    else print(`${name}: ${megabytes(reserved)} reserved of ${megabytes(budget)}`);
  }
}

function printForecast(forecast: Forecast): void {
  const { models, total } = forecast;
  const all = [...models].sort((a, b) => b.requests - a.requests || b.loads - a.loads);
  const rows = [...all, { model: "all", ...total }].map(
    ({ model, requests, refused, loads, bytes, p50, p99, worst }) => [
      ...[model, String(requests), String(refused), String(loads), megabytes(bytes)],
      ...[p50, p99, worst].map((ms) => `${Math.round(ms)} ms`),
    ],
  );
  const figures = ["REQUESTS", "REFUSED", "LOADS", "MOVED", "P50", "P99", "WORST"];
  print(table(["NAME", ...figures], rows, figures));
  print("");
  for (const line of drawnForecast(forecast)) print(line);
}

function outcomeWords({ waitMs, refusal }: Pick<Plan["models"][number], "waitMs" | "refusal">): string {
  if (refusal?.kind === "never-fits") {
    const { resource, bytes, budget, kept } = refusal;
    if (resource === "loaded") return `never fits: ${budget} may be loaded (max_loaded), and ${kept} of these are kept`;
    const rest = kept === 0 ? "" : `, of which ${megabytes(kept)} are kept`;
    return `never fits: ${megabytes(bytes)} of ${megabytes(budget)} on ${resource}${rest}`;
  }
  if (refusal !== undefined) return refusal.kind;
  return waitMs === undefined ? "does not fit beside those before it" : "fits";
}

async function traceIn(file: string): Promise<ReturnType<typeof parseTrace>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new ModelError("input_invalid", `The trace ${file} cannot be read: ${(cause as Error).message}.`, { cause });
  });
  return parseTrace(text, file);
}
