import { ModelError } from "../../contract/model-error.ts";
import type { Priority } from "../../zoo/zoo-status.ts";
import { priorityRank } from "./scheduler-state.ts";
import type { Arrival } from "./simulation.ts";

/** Milliseconds in the runner where a line does not say. */
const usualRunMs = 50;

/**
 * Traffic as lines of JSON: `{"time":0,"model":"clip","priority":"high","ms":40,"deadline_ms":500}`. `time` is in
 * milliseconds from any moment, or a date; all but it and the model may be left out. Lines need not be in order.
 * @param name of the file, for messages
 * @throws ModelError `input_invalid` naming the line that cannot be read
 */
export function parseTrace(text: string, name?: string): readonly Arrival[] {
  const trace = name === undefined ? "The trace" : `The trace ${name}`;
  const arrivals = text
    .split("\n")
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => arrivalOf(line, (what) => invalid(trace, number, what)));
  if (arrivals.length === 0) throw new ModelError("input_invalid", `${trace} has no requests.`);
  return arrivals.sort((a, b) => a.at - b.at);
}

/** The error for what a line has wrong. */
type Wrong = (what: string) => ModelError;

function arrivalOf(line: string, wrong: Wrong): Arrival {
  const fields = objectIn(line, wrong);
  const { model, priority = "medium", ms = usualRunMs, deadline_ms: waitMs } = fields;
  if (fields.menagerie_journal !== undefined)
    throw wrong("it is the first line of a journal. `zoo replay` plays a journal");
  const at = typeof fields.time === "string" ? Date.parse(fields.time) : fields.time;
  if (typeof at !== "number" || !Number.isFinite(at)) throw wrong('"time" is neither milliseconds nor a date');
  if (typeof model !== "string" || model === "") throw wrong('"model" is not the name of a model');
  if (typeof priority !== "string" || !Object.hasOwn(priorityRank, priority))
    throw wrong(`"priority" is none of ${Object.keys(priorityRank).join(", ")}`);
  if (!isDuration(ms)) throw wrong('"ms" is not a number of milliseconds');
  if (waitMs !== undefined && !isDuration(waitMs)) throw wrong('"deadline_ms" is not a number of milliseconds');
  const arrival = { at, model, priority: priority as Priority, runMs: ms };
  return waitMs === undefined ? arrival : { ...arrival, waitMs };
}

function objectIn(line: string, wrong: Wrong): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {}
  throw wrong("it is no JSON object");
}

function isDuration(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

function invalid(trace: string, line: number, what: string): ModelError {
  return new ModelError("input_invalid", `${trace} cannot be read: line ${line}: ${what}.`, { details: { line } });
}
