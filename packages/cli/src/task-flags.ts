import { type ModelSpec, type TaskField, type TaskName, taskFields, taskNames, vocabulary } from "@menagerie/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseNumber } from "./number-flag.ts";

/** Every flag of `zoo run` that a task's schema gives rise to: one for each field that plain arguments do not fill. */
export function addTaskFlags(command: Command): void {
  for (const [flag, fields] of fieldsByFlag()) {
    const [field] = fields;
    if (field === undefined) continue;
    const tasks = taskNames.filter((name) => taskFields(vocabulary[name]).some((other) => flagOf(other) === flag));
    const option = new Option(
      field.kind === "boolean" ? `--${flag}` : `--${flag} <${placeholder(field)}>`,
      `${field.description}${field.list && field.kind === "text" ? "; \\, is a comma within one" : ""} (${tasks.join(", ")})`,
    );
    // A field's own name may begin with "no", as no_speech_threshold does: it is the opposite of nothing.
    option.negate = false;
    if (field.choices.length > 0) option.choices([...field.choices]);
    option.argParser((text: string, previous: unknown) => parse(field, text, previous));
    command.addOption(option);
    // A "no" by its name with "no-"; where it is "yes" unless said otherwise, the plain flag stays and says nothing new.
    if (field.kind === "boolean" && field.default !== false) {
      const isOn = field.default === true;
      if (isOn) option.hideHelp();
      const meaning = isOn ? `Not: ${field.description}` : `The opposite of --${flag}`;
      command.addOption(new Option(`--no-${flag}`, `${meaning} (${tasks.join(", ")})`));
    }
  }
}

/** The flags that were given, as the task's fields. */
export function taskInput(task: TaskName, flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of taskFields(vocabulary[task])) {
    const value = flags[camelCase(flagOf(field))];
    if (value !== undefined && !field.positional) input[field.name] = value;
  }
  return input;
}

/** Task flags that were given and that the task does not have. */
export function foreignFlags(task: TaskName, flags: Readonly<Record<string, unknown>>): string[] {
  const own = new Set(
    taskFields(vocabulary[task])
      .filter((field) => !field.positional)
      .map(flagOf),
  );
  return [...fieldsByFlag().keys()].filter((flag) => flags[camelCase(flag)] !== undefined && !own.has(flag));
}

/** The field that plain arguments fill. */
export function positionalField(task: TaskName): TaskField {
  const field = taskFields(vocabulary[task]).find((candidate) => candidate.positional);
  if (field === undefined) throw new TypeError(`${task} has no field for plain arguments`);
  return field;
}

/**
 * The task that is meant when nobody says: the only one of the model, or the one that fits best. A model with labels of its
 * own is asked to match, a text is embedded.
 */
export function defaultTask(
  spec: ModelSpec,
  inputsAreFiles: boolean,
  flags: Readonly<Record<string, unknown>>,
): TaskName | undefined {
  if (spec.tasks.length === 1) return spec.tasks[0];
  const fitting = spec.tasks.filter(
    (task) => (positionalField(task).kind === "text") !== inputsAreFiles && foreignFlags(task, flags).length === 0,
  );
  if (fitting.length === 1) return fitting[0];
  const canMatch = fitting.includes("match-image") && (spec.labels !== undefined || flags.labels !== undefined);
  return canMatch ? "match-image" : undefined;
}

function fieldsByFlag(): Map<string, TaskField[]> {
  const byFlag = new Map<string, TaskField[]>();
  for (const task of Object.values(vocabulary)) {
    for (const field of taskFields(task))
      if (!field.positional) byFlag.set(flagOf(field), [...(byFlag.get(flagOf(field)) ?? []), field]);
  }
  return byFlag;
}

function placeholder({ kind, list }: TaskField): string {
  if (kind === "box") return list ? "x1,y1,x2,y2;…" : "x1,y1,x2,y2";
  return list ? "a,b" : kind;
}

function parse(field: TaskField, text: string, previous: unknown): unknown {
  if (field.kind === "box") {
    const boxes = text.split(";").map(parseBox);
    return field.list ? [...((previous as unknown[] | undefined) ?? []), ...boxes] : boxes[0];
  }
  const isNumber = field.kind === "number" || field.kind === "integer";
  const one = (item: string): unknown => (isNumber ? parseNumber(item, { isWhole: field.kind === "integer" }) : item);
  if (!field.list) return one(text);
  const items = splitList(text).map(one);
  if (isNumber && items.length === 0) throw new InvalidArgumentError("Numbers must stand with , between them.");
  return [...((previous as unknown[] | undefined) ?? []), ...items];
}

function parseBox(text: string): number[] {
  const edges = text.split(",").map((edge) => (edge.trim() === "" ? Number.NaN : Number(edge)));
  if (edges.length === 4 && edges.every(Number.isFinite)) return edges;
  throw new InvalidArgumentError("A box must be four numbers: x1,y1,x2,y2; several stand with ; between them.");
}

/** Items between commas; `\,` is a comma inside an item. A comma at the end begins none. */
export function splitList(text: string): string[] {
  const items = text.split(/(?<!\\),/).map((item) => item.replaceAll("\\,", ",").trim());
  return items.length > 1 && items.at(-1) === "" ? items.slice(0, -1) : items;
}

function flagOf(field: TaskField): string {
  return field.name.replaceAll("_", "-");
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
