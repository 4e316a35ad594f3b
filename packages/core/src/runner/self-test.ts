import { readFile } from "node:fs/promises";
import { ModelError } from "../contract/model-error.ts";
import type { GoldenTest, ModelSpec } from "../contract/model-spec.ts";
import type { ArtifactStore } from "../files/artifact-store.ts";
import type { ModelLoader } from "../loader/model-loader-base.ts";
import type { RegisteredTask } from "../tasks/registered-task.ts";
import { readBytes } from "../tasks/schema-places.ts";
import { parseTaskInput, type TaskRegistry } from "../tasks/task-registry.ts";

/** Asks the loaded model the spec's golden questions. @throws `self_test_failed` naming the value that differs most */
export async function selfTest(
  spec: ModelSpec,
  loader: ModelLoader,
  artifacts: ArtifactStore,
  tasks: TaskRegistry,
): Promise<void> {
  for (const golden of spec.golden) {
    const task = tasks.named(golden.task);
    const input = parseTaskInput(task, await readInput(golden, task, artifacts));
    const expected: unknown = JSON.parse(await readFile(artifacts.resolve(golden.output), "utf8"));
    const actual = await loader.run(task, input);
    const worst = largestDifference(expected, actual, "output");
    if (worst.difference <= golden.tolerance) continue;
    throw new ModelError(
      "self_test_failed",
      `${spec.model_name} loaded, but its self-test of ${golden.task} gave another answer: ${worst.path} is off by ${worst.difference}, ` +
        `${golden.tolerance} is allowed. The weights, the engine or the preprocessing are not those it was made with.`,
      {
        model: spec.model_name,
        details: { task: golden.task, at: worst.path, difference: worst.difference, tolerance: golden.tolerance },
      },
    );
  }
}

/** The golden input, with the files that it names for bytes read. */
function readInput(golden: GoldenTest, task: RegisteredTask, artifacts: ArtifactStore): Promise<unknown> {
  return readBytes(
    task.document.input,
    golden.input,
    async (path) => new Uint8Array(await readFile(artifacts.resolve(String(path)))),
  );
}

interface Difference {
  readonly path: string;
  readonly difference: number;
}

/** Largest absolute difference of any number; infinite where the shapes differ. What is not expected is not compared. */
function largestDifference(expected: unknown, actual: unknown, path: string): Difference {
  if (typeof expected === "number" && typeof actual === "number") {
    return { path, difference: Number.isNaN(expected) && Number.isNaN(actual) ? 0 : toDistance(expected, actual) };
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return { path: `${path}.length`, difference: Number.POSITIVE_INFINITY };
    return worstOf(
      expected.map((item, i) => largestDifference(item, actual[i], `${path}[${i}]`)),
      path,
    );
  }
  if (isRecord(expected) && isRecord(actual)) {
    return worstOf(
      Object.entries(expected).map(([key, item]) => largestDifference(item, actual[key], `${path}.${key}`)),
      path,
    );
  }
  return { path, difference: Object.is(expected, actual) ? 0 : Number.POSITIVE_INFINITY };
}

function toDistance(expected: number, actual: number): number {
  const distance = Math.abs(expected - actual);
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

function worstOf(differences: readonly Difference[], path: string): Difference {
  return differences.reduce((worst, next) => (next.difference > worst.difference ? next : worst), {
    path,
    difference: 0,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
