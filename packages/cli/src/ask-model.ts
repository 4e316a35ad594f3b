import {
  type Embedding,
  type Log,
  logTo,
  type Made,
  type MatchImageOutput,
  ModelError,
  type ModelSpec,
  madeQuestion,
  type RegisteredTask,
  toModelError,
} from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { areAlike, brokenNumber } from "./answer-numbers.ts";

/** A question that a model answered. */
export interface AskedQuestion {
  readonly task: RegisteredTask;
  /** Pictures, recordings or texts of the question. */
  readonly items: number;
  /** Milliseconds from the question to its answer. */
  readonly ms: number;
}

/**
 * Asks a loaded model two different questions of each of its tasks, and one about several pictures where a task takes several.
 * @throws ModelError `checkpoint_invalid` where an answer holds something that is no number, where both answers are the same,
 * where a picture's answer depends on how many are asked about at once, or where the model itself doubts its spec; what it
 * throws keeps its code
 * @param doubts what the model has said of its spec while it was asked, as `noteDoubts` gathers it
 */
export async function askModel(
  zoo: LocalZoo,
  spec: ModelSpec,
  doubts: readonly string[] = [],
): Promise<readonly AskedQuestion[]> {
  const asked: AskedQuestion[] = [];
  for (const task of spec.tasks.map((name) => zoo.tasks.named(name))) {
    // What is no picture, recording or text may be beyond making up.
    if (madeQuestion(task, ["first"]) === undefined) continue;
    const ask = async (...made: [Made, ...Made[]]): Promise<unknown> => {
      const started = performance.now();
      const output = await answerOf(zoo, spec, task, made);
      asked.push({ task, items: made.length, ms: performance.now() - started });
      return output;
    };
    const first = await ask("first");
    const second = await ask("second");
    if (!isWritten(first) && areAlike(task, first, second)) throw constant(spec, task);
    if (task.positional?.list !== true) continue;
    const several = await ask("first", "second", "first");
    if (task.name === "match-image") checkBatch(spec, first as Matches, several as Matches);
    checkVectors(spec, task, first as Partial<Embedding>, several as Partial<Embedding>);
  }
  if (doubts.length > 0) throw doubted(spec, doubts);
  return asked;
}

/** A log that keeps what models doubt of their specs, and passes everything on. */
export function noteDoubts(log: Log, doubts: string[]): Log {
  return logTo((level, message, fields) => {
    if (fields.isDoubt === true) doubts.push(message);
    log[level](message, fields);
  });
}

function doubted({ model_name: name }: ModelSpec, doubts: readonly string[]): ModelError {
  return new ModelError(
    "checkpoint_invalid",
    `${name} loads, but ${doubts[0]}. Where its graph gives scores, adopt it with --activation none. ${wayOut}`,
    { model: name, details: { doubts } },
  );
}

/** Two noises may be written down alike: as nothing, from 0 to 0.98 s. */
function isWritten(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "text" in answer;
}

type Matches = MatchImageOutput;

async function answerOf(
  zoo: LocalZoo,
  spec: ModelSpec,
  task: RegisteredTask,
  made: readonly [Made, ...Made[]],
): Promise<unknown> {
  const { model_name: name } = spec;
  const input = { ...besides(spec, task), ...madeQuestion(task, made) };
  let output: unknown;
  try {
    ({ output } = await zoo.run(name, task, input));
  } catch (error) {
    const { code, message, details } = toModelError(error);
    const several = made.length === 1 ? "" : ` about ${made.length} at once, though not about one`;
    const batch =
      made.length === 1
        ? ""
        : " Export its graph with a free first axis, or set max_batch to 1 in resource_requirements.";
    throw new ModelError(
      code,
      `${name} loads, but cannot be asked ${task.name}${several}: ${message}${batch} ${wayOut}`,
      {
        model: name,
        details: { ...details, task: task.name, items: made.length },
        cause: error,
      },
    );
  }
  const broken = brokenNumber(task, output);
  if (broken === undefined) return output;
  throw new ModelError(
    "checkpoint_invalid",
    `${name} loads, but its answer to ${task.name} holds ${broken.value} (${broken.path}), which is no number: the weights are damaged, or too large for their precision. Export it anew, in fp32 if it is in half precision. ${wayOut}`,
    { model: name, details: { task: task.name, path: broken.path, value: String(broken.value) } },
  );
}

/** What a task is told besides the picture, recording or text. */
export function besides({ labels }: ModelSpec, task: RegisteredTask): Record<string, unknown> {
  const fields = new Set(task.fields.map((field) => field.name));
  return {
    ...(fields.has("labels") && labels === undefined ? { labels: ["a cat", "a dog"] } : {}),
    // Enough to see that it writes; a decoder that writes nonsense would write to the end.
    ...(fields.has("max_new_tokens") ? { max_new_tokens: 16 } : {}),
  };
}

function constant({ model_name: name }: ModelSpec, task: RegisteredTask): ModelError {
  const what = things[task.positional?.kind ?? ""] ?? "inputs";
  return new ModelError(
    "checkpoint_invalid",
    `${name} loads, but answers ${task.name} alike for two ${what} that have nothing in common: what it is asked does not reach its answer, so the export is broken. Export it anew. ${wayOut}`,
    { model: name, details: { task: task.name } },
  );
}

/** What the inputs are, in words. */
const madeWords: Readonly<Record<string, string>> = {
  image: "made pictures of 320 x 240",
  audio: "made recordings of a second",
  text: "short texts",
};

const things: Readonly<Record<string, string>> = { image: "pictures", audio: "recordings", text: "texts" };

/** Weights in whole numbers round a batch as one, and so are off by a little. */
const batchTolerance = 0.05;

function checkBatch({ model_name: name }: ModelSpec, alone: Matches, among: Matches): void {
  const cosines = ({ per_image }: Matches, image: number): ReadonlyMap<string, number> =>
    new Map(per_image[image]?.matches.map(({ label, similarity }) => [label, similarity]));
  const expected = cosines(alone, 0);
  for (const image of [0, 2])
    for (const [label, cosine] of cosines(among, image)) {
      const off = Math.abs(cosine - (expected.get(label) ?? cosine));
      if (off <= batchTolerance) continue;
      throw new ModelError(
        "checkpoint_invalid",
        `${name} loads, but gives a picture another vector among three than alone: its cosine with "${label}" is off by ${off.toFixed(3)}. Its graph was exported for one picture at a time; export it with a free first axis, or set max_batch to 1 in resource_requirements. ${wayOut}`,
        { model: name, details: { task: "match-image", image, label, off } },
      );
    }
}

/** The cosine of two vectors of unit length is 1 where they are one. */
function checkVectors(
  { model_name: name }: ModelSpec,
  task: RegisteredTask,
  { embedding: alone = [] }: Partial<Embedding>,
  { embeddings: among = [] }: Partial<Embedding>,
): void {
  for (const i of [0, 2]) {
    const vector = among[i] ?? alone;
    const off = Math.abs(alone.reduce((sum, value, at) => sum + value * ((vector[at] ?? 0) - value), 0));
    if (off <= batchTolerance) continue;
    throw new ModelError(
      "checkpoint_invalid",
      `${name} loads, but gives another vector for one of three inputs of ${task.name} than for it alone: their cosine is off by ${off.toFixed(3)}. Its graph was exported for one at a time; export it with a free first axis, or set max_batch to 1 in resource_requirements. ${wayOut}`,
      { model: name, details: { task: task.name, index: i, off } },
    );
  }
}

const wayOut = "With --no-ask its spec is written without asking.";

/** What was asked, a line for each task: how many items at once, and how long each question took. */
export function askedWords(asked: readonly AskedQuestion[]): string[] {
  return [...Map.groupBy(asked, ({ task }) => task)].map(([task, questions]) => {
    const kind = task.positional?.kind ?? "value";
    const each = questions.map(({ items, ms }) =>
      items === 1 ? `${Math.round(ms)} ms` : `${items} at once ${Math.round(ms)} ms`,
    );
    return `asked ${task.name} about ${madeWords[kind] ?? "made inputs"}: ${each.join(", ")}`;
  });
}
