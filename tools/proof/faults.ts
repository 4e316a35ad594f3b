import { readdir } from "node:fs/promises";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { ScriptedApplication } from "@menagerie/testing";
import { type Deeds, rage } from "./faults/chaos.ts";
import { ask } from "./faults/clients.ts";
import { LoopLag } from "./faults/loop-lag.ts";
import { Tally } from "./faults/tally.ts";
import { footprint, megabytes, runnersIn } from "./memory.ts";
import type { Proof } from "./proof.ts";

const models = ["a", "b", "c"];
const clients = 16;
/** Milliseconds that the last requests get to end, whatever was done to their runners. */
const endWithinMs = 90_000;

/** Clients ask without a pause while runners are killed, stopped, unloaded and made to misbehave. */
export async function proveFaults(_folder: string, minutes: number): Promise<Proof> {
  await using app = await ScriptedApplication.create(Object.fromEntries(models.map((name) => [name, { ramMb: 60 }])));
  let unhandled = 0;
  const onUnhandled = (error: unknown): void => {
    unhandled += 1;
    tally.complain(`nobody handled ${String(error)}`);
  };
  process.on("unhandledRejection", onUnhandled);
  process.on("uncaughtException", onUnhandled);
  using lag = new LoopLag();
  const tally = new Tally();
  const budget = (await bytesOfOne(app)) * 2.5;
  const zoo = await zooIn(app, budget);
  const before = await footprint();
  const until = performance.now() + minutes * 60_000;
  const isOver = (): boolean => performance.now() >= until;
  const raging = rage({ zoo, app, models, isOver });
  const asking = Array.from({ length: clients }, () => ask({ zoo, models, tally, lag, isOver }));
  const deeds = await raging;
  const pending = await within(endWithinMs, Promise.all(asking));
  const left = await within(endWithinMs, quiet(zoo));
  const crashesKnown = zoo.status().models.map(({ loads }) => loads);
  const runners = (await runnersIn(app.dir)).length;
  const files = await cacheFiles(app);
  await zoo[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = await footprint();
  const filesAfter = await cacheFiles(app);
  process.off("unhandledRejection", onUnhandled);
  process.off("uncaughtException", onUnhandled);
  const isGone =
    after.children <= before.children && after.descriptors <= before.descriptors && after.shared <= before.shared;
  const holds =
    tally.late + tally.wrong + tally.uncoded + unhandled === 0 &&
    pending &&
    left &&
    runners <= models.length + 1 &&
    isGone &&
    filesAfter <= files &&
    tally.answered > 0;
  const lines = [
    `${minutes} min, ${clients} clients, budget ${megabytes(budget)} for ${models.length} models; ${deedsSaid(deeds)}; loads ${crashesKnown.join(", ")}`,
    `${tally.asked} requests, ${tally.answered} answered, refused: ${codesSaid(tally)}`,
    `wrong answers ${tally.wrong}, errors without a code ${tally.uncoded}, rejections that nobody handled ${unhandled}, requests without an end ${pending ? 0 : "some"}`,
    `kept beyond limit + 250 ms: ${tally.late} (by the clock alone ${tally.lateByClock}; longest beyond the limit ${tally.latestMs.toFixed(0)} ms); own loop: ${lag.said}`,
    `after the last answer: ${left ? "nothing held, waiting or running" : "SOMETHING IS LEFT"}, ${runners} runners`,
    `before and after: processes ${before.children} and ${after.children}, descriptors ${before.descriptors} and ${after.descriptors}, shared files ${before.shared} and ${after.shared}, cache files ${files} and ${filesAfter}, host ${megabytes(before.rss)} and ${megabytes(after.rss)}`,
    ...tally.complaints,
  ];
  return { holds, said: lines.join("\n       ") };
}

function zooIn(app: ScriptedApplication, bytes: number): Promise<LocalZoo> {
  return createZoo({
    appDir: app.dir,
    cacheDir: app.cacheDir,
    log: app.log(),
    spec: { memory_mb: { cpu: bytes / 1e6 }, load_timeout_s: 5 },
  });
}

/** What one loaded model costs here, so that there is room for two. */
async function bytesOfOne(app: ScriptedApplication): Promise<number> {
  await using zoo = await zooIn(app, 1e9);
  await zoo.load("a");
  return zoo.status().models[0]?.measured_bytes ?? 60e6;
}

/** Resolves once nothing is held, waits or runs. */
async function quiet(zoo: LocalZoo): Promise<void> {
  while (zoo.status().models.some((model) => model.leases + model.waiting + model.running > 0))
    await new Promise((resolve) => setTimeout(resolve, 50));
}

async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}

/** All but the marks that the models leave themselves. */
async function cacheFiles({ cacheDir }: ScriptedApplication): Promise<number> {
  const marks = /^(exited|heeded)-|\.load$/;
  return (await readdir(cacheDir, { recursive: true })).filter((file) => !marks.test(file)).length;
}

function deedsSaid(deeds: Deeds): string {
  return [...deeds].map(([name, times]) => `${name} ${times}`).join(", ");
}

function codesSaid({ codes }: Tally): string {
  return (
    [...codes]
      .sort(([, a], [, b]) => b - a)
      .map(([code, times]) => `${code} ${times}`)
      .join(", ") || "none"
  );
}
