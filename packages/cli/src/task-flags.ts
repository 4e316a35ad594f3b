import type { ModelSpec, RegisteredTask, TaskField, TaskRegistry } from "@menagerie/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { checkText, fieldValue, itemsOf } from "./field-value.ts";

interface FlaggedField {
  readonly task: string;
  readonly field: TaskField;
}

type Flags = Readonly<Record<string, unknown>>;

/** Every flag that the tasks' schemas give rise to: one for each field, also for the one that plain arguments fill. */
export class TaskFlags {
  readonly #byFlag = new Map<string, FlaggedField[]>();
  /** Flags that the command has already: a field of such a name is `--input-NAME`. */
  readonly #taken: ReadonlySet<string>;

  constructor(tasks: TaskRegistry, taken: ReadonlySet<string> = new Set()) {
    this.#taken = new Set([...taken].map(camelCase));
    for (const task of tasks) {
      for (const field of task.fields) {
        const flag = this.#flagOf(field);
        if (flag === undefined) continue;
        this.#byFlag.set(flag, [...(this.#byFlag.get(flag) ?? []), { task: task.name, field }]);
      }
    }
  }

  /** @param helped tasks whose flags help tells of; default: all */
  addTo(command: Command, helped?: readonly string[]): void {
    for (const [flag, fields] of this.#byFlag) {
      const [{ field }] = fields as [FlaggedField];
      const tasks = fields.map(({ task }) => task).join(", ");
      const note = field.list && field.kind === "text" ? "; \\, is a comma within one" : "";
      const option = new Option(signature(flag, fields), `${field.description}${note} (${tasks})`);
      // A field's own name may begin with "no", as no_speech_threshold does: it is the opposite of nothing.
      option.negate = false;
      const choices = fields.map((other) => other.field.choices.join());
      if (field.choices.length > 0 && new Set(choices).size === 1) option.choices([...field.choices]);
      const isHelped = helped === undefined || fields.some(({ task }) => helped.includes(task));
      option.hideHelp(!isHelped);
      if (fields.some((other) => other.field.kind !== "boolean")) option.argParser(gathering(fields));
      command.addOption(option);
      const opposite = this.#opposite(flag, field, tasks);
      if (opposite === undefined) continue;
      opposite.hideHelp(!isHelped);
      if (field.default === true) option.hideHelp();
      command.addOption(opposite);
    }
  }

  /** The flags that were given, as the fields that plain arguments do not fill. @throws InvalidArgumentError naming the flag, `input_invalid` */
  async input(task: RegisteredTask, flags: Flags): Promise<Record<string, unknown>> {
    const input: Record<string, unknown> = {};
    for (const field of task.fields) {
      const flag = this.#flagOf(field);
      const texts = this.#given(field, flags);
      if (texts.length === 0 || field.positional) continue;
      try {
        input[field.name] = await fieldValue(field, texts, task.document.input);
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error;
        const shown = String(texts.at(-1)).slice(0, 100);
        throw new InvalidArgumentError(`option '--${flag}' argument '${shown}' is invalid. ${error.message}`);
      }
    }
    return input;
  }

  /** What the flag of the field that plain arguments fill says, as such arguments. */
  plain({ positional: field }: RegisteredTask, flags: Flags): readonly string[] {
    if (field === undefined) return [];
    const texts = this.#given(field, flags).map(String);
    return field.list ? texts.flatMap((text) => itemsOf(field, text)) : texts.slice(-1);
  }

  /** The flag of the field that plain arguments fill; undefined where there is none. */
  plainFlag({ positional: field }: RegisteredTask): string | undefined {
    return field && this.#flagOf(field);
  }

  #given(field: TaskField, flags: Flags): readonly (string | boolean)[] {
    const flag = this.#flagOf(field);
    const given = flag === undefined ? undefined : textsOf(flags, flag);
    return given === undefined ? [] : ([given].flat() as (string | boolean)[]);
  }

  /** Task flags that were given and that the task does not have. */
  foreign(task: RegisteredTask, flags: Flags): string[] {
    const own = new Set(task.fields.map((field) => camelCase(this.#flagOf(field) ?? "")));
    return [...this.#byFlag.keys()].filter((flag) => textsOf(flags, flag) !== undefined && !own.has(camelCase(flag)));
  }

  /** Undefined for a name that no flag can have. */
  #flagOf({ name }: TaskField): string | undefined {
    if (!/^[a-zA-Z][a-zA-Z0-9]*([_-][a-zA-Z0-9]+)*$/.test(name)) return undefined;
    const flag = name.replaceAll("_", "-");
    return this.#taken.has(camelCase(flag)) ? `input-${flag}` : flag;
  }

  /** A "no" by its name with "no-"; where it is "yes" unless said otherwise, the plain flag stays and says nothing new. */
  #opposite(flag: string, { kind, default: usual }: TaskField, tasks: string): Option | undefined {
    if (
      kind !== "boolean" ||
      usual === false ||
      this.#byFlag.has(`no-${flag}`) ||
      this.#taken.has(camelCase(`no-${flag}`))
    )
      return undefined;
    const meaning =
      usual === true ? `The opposite of --${flag}, which holds unless this is given` : `The opposite of --${flag}`;
    return new Option(`--no-${flag}`, `${meaning} (${tasks})`);
  }
}

/** Names of flags that a command has without any task. */
export function flagsTaken(program: Command, command: Command): ReadonlySet<string> {
  return new Set([...command.options, ...program.options].map((option) => option.name()).concat("help"));
}

/**
 * Keeps the texts of a flag: what they mean is the field's to say, of the task that will be asked. What no task's field could mean is
 * refused at once.
 */
function gathering(fields: readonly FlaggedField[]): (text: string | undefined, previous: unknown) => unknown {
  const [{ field }] = fields as [FlaggedField];
  const isOfOneKind = fields.every((other) => other.field.kind === field.kind && other.field.list === field.list);
  return (text, previous) => {
    // A yes without a value.
    if (text === undefined) return previous;
    if (isOfOneKind) checkText(field, text);
    return [...(Array.isArray(previous) ? previous : []), text];
  };
}

/** A yes needs no value; where another task has something else of that name, it may have one. */
function signature(flag: string, fields: readonly FlaggedField[]): string {
  const valued = fields.filter(({ field }) => field.kind !== "boolean");
  const [first] = valued;
  if (first === undefined) return `--${flag}`;
  const value = placeholder(first.field);
  return valued.length === fields.length ? `--${flag} <${value}>` : `--${flag} [${value}]`;
}

function placeholder({ kind, list }: TaskField): string {
  if (kind === "box") return list ? "x1,y1,x2,y2;…" : "x1,y1,x2,y2";
  if (kind === "value") return "json|@file";
  if (kind === "image" || kind === "audio" || kind === "video" || kind === "file") return list ? "a,b" : "file";
  return list ? "a,b" : kind;
}

/**
 * The task that is meant when nobody says: the only one of the model, or the one that fits best. A model with labels of its
 * own is asked to match, a text is embedded.
 * @param isFlagged true where a flag gives what plain arguments would
 */
export function defaultTask(
  spec: ModelSpec,
  tasks: TaskRegistry,
  inputs: { readonly count: number; readonly areFiles: boolean },
  isForeign: (task: RegisteredTask) => boolean,
  hasLabels: boolean,
  isFlagged: (task: RegisteredTask) => boolean = () => false,
): RegisteredTask | undefined {
  const own = spec.tasks.map((name) => tasks.named(name));
  if (own.length === 1) return own[0];
  const fitting = own.filter(
    (task) => (canTake(task.positional, inputs) || (inputs.count === 0 && isFlagged(task))) && !isForeign(task),
  );
  if (fitting.length === 1) return fitting[0];
  const match = fitting.find(({ name }) => name === "match-image");
  return spec.labels !== undefined || hasLabels ? match : undefined;
}

function canTake(
  field: TaskField | undefined,
  { count, areFiles }: { readonly count: number; readonly areFiles: boolean },
): boolean {
  if (field === undefined) return count === 0;
  if (count === 0) return !field.required;
  if (field.kind === "text") return !areFiles;
  if (field.kind === "image" || field.kind === "audio" || field.kind === "video" || field.kind === "file")
    return areFiles;
  return true;
}

/** Undefined where the flag was not given, also for the name of what every object has. */
function textsOf(flags: Flags, flag: string): unknown {
  const key = camelCase(flag);
  return Object.hasOwn(flags, key) ? flags[key] : undefined;
}

/** As the command line's library names what it has read. */
function camelCase(flag: string): string {
  return flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
