/**
 * Calls the kits' public entries with inputs drawn from a seed. Each case ends in a right answer or in a `ModelError`: no
 * other exception, no crash, no hang, no more memory than is stated. `npm run fuzz`
 *
 *     npm run fuzz -- --cases 4000 --seed 7 --only decode-image,masks
 *     npm run fuzz -- --case decode-image:123            one case again, with all that it says
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeFuzzPictures } from "./bytes/fuzz-pictures.ts";
import { fuzzTargetNamed, fuzzTargets } from "./fuzz-targets.ts";
import { type Batch, type BatchOptions, runBatch } from "./run-batch.ts";
import { Tally } from "./tally.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    case: { type: "string" },
    jobs: { type: "string", default: String(Math.min(4, availableParallelism())) },
    "case-ms": { type: "string", default: "2000" },
  },
});
const [total, seed, caseMs] = [values.cases, values.seed, values["case-ms"]].map(Number) as [number, number, number];
const [oneTarget, oneNumber] = values.case?.split(":") ?? [];
const wanted = oneTarget === undefined ? values.only?.split(",") : [oneTarget];
const targets = wanted?.map(fuzzTargetNamed) ?? fuzzTargets;
const casesPerBatch = 1000;
const folder = await mkdtemp(join(tmpdir(), "menagerie-fuzz-"));
/** Cases that were not done in time beside others, and were when run alone with five times as much. */
const late: string[] = [];
const tally = new Tally(targets);
const started = performance.now();
try {
  const pictures = join(folder, "pictures");
  await writeFuzzPictures(pictures);
  const queue = oneNumber === undefined ? allBatches() : [batchOf(0, Number(oneNumber), Number(oneNumber) + 1)];
  const workers = Array.from({ length: Number(values.jobs) }, async (_, worker) => {
    const options = { pictures, place: join(folder, `place-${worker}`), caseMs };
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      queue.unshift(...(await settle(batch, options)));
      showProgress(queue.length);
    }
  });
  await Promise.all(workers);
} finally {
  await rm(folder, { recursive: true, force: true });
}
report();

/** Counts what the batch did; gives the batches that are left of it where it did not come to its end. */
async function settle(batch: Batch, options: BatchOptions): Promise<Batch[]> {
  const { target, end } = batch;
  const result = await runBatch(batch, options);
  if ("outcomes" in result) {
    tally.add(target.name, result);
    return [];
  }
  const { at, why, what } = result;
  if (at < 0) throw new Error(`${target.name} could not begin: ${what}`);
  // Alone again: on a busy machine a case may have had no turn.
  const again = await runBatch({ ...batch, first: at, end: at + 1 }, { ...options, caseMs: 5 * caseMs });
  if ("outcomes" in again && why === "hang") {
    tally.add(target.name, again);
    late.push(`${target.name}:${at} (${Math.round(again.slowestMs)} ms alone)`);
  } else tally.fail(target.name, at, `${why}: ${what}${"outcomes" in again ? " (not when run alone)" : ""}`, 1);
  return [
    { ...batch, end: at },
    { ...batch, first: at + 1, end },
  ].filter((part) => part.first < part.end);
}

/** Every target's share of the cases, cut into batches; in turn, so that early progress tells of all of them. */
function allBatches(): Batch[] {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  let [given, passed] = [0, 0];
  const perTarget = targets.map((_, i) => {
    passed += (targets[i]?.share ?? 0) / shares;
    const count = Math.round(passed * total) - given;
    given += count;
    const batches = Math.ceil(count / casesPerBatch);
    return Array.from({ length: batches }, (_, k) =>
      batchOf(i, k * casesPerBatch, Math.min(count, (k + 1) * casesPerBatch)),
    );
  });
  const longest = Math.max(...perTarget.map(({ length }) => length));
  return Array.from({ length: longest }, (_, k) => perTarget.flatMap((batches) => batches[k] ?? [])).flat();
}

function batchOf(index: number, first: number, end: number): Batch {
  return { target: targets[index] as Batch["target"], seed, first, end };
}

function showProgress(batchesLeft: number): void {
  const seconds = (performance.now() - started) / 1000;
  const line = `${tally.cases} cases, ${Math.round(tally.cases / seconds)}/s, ${batchesLeft} batches left, ${tally.failures.length} failures`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}   ${batchesLeft === 0 ? "\n" : ""}`);
  else if (batchesLeft % 20 === 0) process.stderr.write(`${line}\n`);
}

function report(): void {
  const seconds = (performance.now() - started) / 1000;
  const print = (text: string): boolean => process.stdout.write(`${text}\n`);
  for (const [{ target, number, what }, count] of tally.kinds()) {
    print(`\n${target}:${number}${count > 1 ? ` and ${count - 1} like it` : ""}  ${what}`);
    print(`  npm run fuzz -- --case ${target}:${number}${seed === 1 ? "" : ` --seed ${seed}`}`);
  }
  print(`\nSeed ${seed}, at most ${caseMs} ms a case, ${values.jobs} processes, Node ${process.versions.node}:`);
  print(tally.table());
  print(`${tally.cases} cases in ${seconds.toFixed(1)} s, ${Math.round(tally.cases / seconds)} a second.`);
  if (late.length > 0) print(`Late at first, on a machine with other work: ${late.join(", ")}.`);
  const { length } = tally.failures;
  print(
    length === 0 ? "No fault: every case ended in a right answer or in an error with a code." : `${length} failures.`,
  );
  process.exitCode = length === 0 ? 0 : 1;
}
