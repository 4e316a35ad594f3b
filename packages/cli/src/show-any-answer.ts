import { basename } from "node:path";
import { answerFiles, mapBytes, type RegisteredTask } from "@menagerie/core";
import { stringify } from "yaml";
import { bar, shownMatches } from "./bar.ts";
import { paint } from "./output.ts";

/** Numbers of a list that are shown. */
const shownNumbers = 6;

/** An answer to any task, as its schema says what it is. @param input name of what was asked about */
export function showAnyAnswer(task: RegisteredTask, output: unknown, input: string | undefined): string {
  const files = new Map(answerFiles(task, output).map((file) => [file.path, file]));
  const readable = mapBytes(task.document.output, output, (value, path) => {
    const file = files.get(path.join("."));
    const size = value instanceof Uint8Array ? `, ${(value.byteLength / 1000).toFixed(1)} kB` : "";
    return `(${file?.mediaType ?? "bytes"}${size})`;
  });
  const short = tensorsIn(readable, (path) => files.get(path)?.kind === "tensor") as Readonly<Record<string, unknown>>;
  const lines = Object.entries(short).flatMap(([key, value]) =>
    isRanking(value)
      ? value.slice(0, shownMatches).map(({ score, label, ...rest }) => `${bar(score, label)}${besides(rest)}`)
      : stringify({ [key]: shortened(value) }, { lineWidth: 0 })
          .trimEnd()
          .split("\n")
          .map((line) => `  ${line}`),
  );
  return [paint("bold", nameOf(task, input)), ...lines].join("\n");
}

/** A question in JSON is no name for its answer. */
function nameOf(task: RegisteredTask, input: string | undefined): string {
  return input === undefined || /^\s*[[{"]/.test(input) ? task.name : basename(input);
}

/** The value with `float32 [2, 4]` in the place of each tensor. */
function tensorsIn(value: unknown, isTensor: (path: string) => boolean, path: readonly string[] = []): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { dtype, shape } = value as { readonly dtype?: unknown; readonly shape?: unknown };
  if (Array.isArray(shape) && typeof dtype === "string" && isTensor(path.join(".") || "tensor"))
    return `${dtype} [${shape.join(", ")}]`;
  if (Array.isArray(value)) return value.map((item, i) => tensorsIn(item, isTensor, [...path, String(i)]));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, tensorsIn(item, isTensor, [...path, key])]),
  );
}

interface Ranked {
  readonly label: string;
  readonly score: number;
}

/** What stands beside a label and its score, on the same line. */
function besides(rest: object): string {
  const words = JSON.stringify(shortened(rest));
  return words === "{}" ? "" : `  ${paint("dim", words.length > 100 ? `${words.slice(0, 100)}…` : words)}`;
}

/** Labels with scores of 0 to 1, whatever stands beside them. */
function isRanking(value: unknown): value is readonly Ranked[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item: unknown) => {
      const { label, score } = (item ?? {}) as Partial<Ranked>;
      return typeof score === "number" && score >= 0 && score <= 1 && typeof label === "string";
    })
  );
}

/** Long lists of numbers say how many they are. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isNumbers = value.length > shownNumbers && value.every((item) => typeof item === "number");
    if (!isNumbers) return value.map(shortened);
    const first = value.slice(0, shownNumbers).map((item: number) => Number(item.toFixed(4)));
    return `${value.length} numbers: ${first.join(" ")} …`;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item)]));
}
