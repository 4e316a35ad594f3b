import { ModelError } from "../contract/model-error.ts";
import { describeIssues, nearest, plainWords } from "../contract/schema-issue.ts";
import { noDataIn } from "./input-data.ts";
import { requireShallow } from "./nested-input.ts";
import { RegisteredTask } from "./registered-task.ts";
import { areAlikeDocuments, parseTaskDocument, type TaskDocument } from "./task-document.ts";
import { type TaskInput, type TaskName, vocabulary } from "./vocabulary.ts";

/** The tasks that a zoo knows: core's, and those of its plugins. */
export class TaskRegistry implements Iterable<RegisteredTask> {
  readonly #tasks = new Map<string, { readonly task: RegisteredTask; readonly where: string }>();
  /** Names that two plugins use for different tasks: they belong to neither. */
  readonly #contested = new Map<string, ModelError>();

  /** What is wrong with documents that could not be read, with the plugin and the task in its details where they are known. */
  readonly #unread: ModelError[] = [];

  /** A registry that has core's tasks, and these. */
  constructor(documents: readonly TaskDocument[] = []) {
    for (const task of coreTasks()) this.#tasks.set(task.name, { task, where: "@menagerie/core" });
    for (const document of documents) this.add(document, document.name);
  }

  /**
   * Takes a task in. The same task again, from another package, is the same task.
   * @param value a document, as a file has it
   * @param where it comes from, for messages
   * @throws `plugin_invalid` for what is no task, and for another task of a name that is taken
   */
  add(value: unknown, where: string): RegisteredTask {
    const document = parseTaskDocument(value, where);
    const { name } = document;
    const contested = this.#contested.get(name);
    if (contested !== undefined) throw contested;
    const other = this.#tasks.get(name);
    if (other !== undefined && areAlikeDocuments(other.task.document, document)) return other.task;
    if (other === undefined) {
      const task = RegisteredTask.ofDocument(document);
      this.#tasks.set(name, { task, where });
      return task;
    }
    const error = new ModelError(
      "plugin_invalid",
      `Two different tasks are called "${name}": that of ${other.where} and that of ${where}. Rename one, or remove its plugin.`,
      { details: { task: name, from: [other.where, where] } },
    );
    // What core says of a task is what every client of it was written for.
    if (!Object.hasOwn(vocabulary, name)) {
      this.#tasks.delete(name);
      this.#contested.set(name, error);
    }
    throw error;
  }

  /** Remembers a document that could not be read: a task that is not found may be in there. */
  noteUnread(problem: ModelError): void {
    this.#unread.push(problem);
  }

  /** Why a task is not there: its document could not be read, or one that this plugin carries. */
  unreadOf(name: string, plugin?: string): ModelError | undefined {
    if (this.has(name) || this.#contested.has(name)) return undefined;
    return (
      this.#unread.find(({ details }) => details.task === name) ??
      this.#unread.find(({ details }) => plugin !== undefined && details.plugin === plugin)
    );
  }

  /** In order of name. */
  get names(): readonly string[] {
    return [...this.#tasks.keys()].sort();
  }

  has(name: string): boolean {
    return this.#tasks.has(name);
  }

  /** The task of that name. @throws `task_unknown` with the nearest name; `plugin_invalid` for one that is contested, or cannot be read */
  named(name: string): RegisteredTask {
    const found = this.#tasks.get(name)?.task;
    if (found !== undefined) return found;
    const contested = this.#contested.get(name);
    if (contested !== undefined) throw contested;
    const unread = this.unreadOf(name);
    if (unread !== undefined) throw unread;
    const shown = String(name).slice(0, 200);
    throw new ModelError("task_unknown", `There is no task "${shown}". ${this.#hint(shown)}`, {
      details: { task: shown, known: this.names },
    });
  }

  /** What is wrong with these names of tasks, each with the nearest right one. @param key where they stand */
  problemsOf(names: readonly string[], key: string): string[] {
    return names.flatMap((name, i) => {
      if (this.has(name)) return [];
      const contested = this.#contested.get(name);
      return [`"${key}.${i}" is "${name}": ${contested?.message ?? `there is no such task. ${this.#hint(name)}`}`];
    });
  }

  /** The data of those of these tasks that core does not have. */
  documentsOf(names: Iterable<string>): TaskDocument[] {
    return [...names].filter((name) => !Object.hasOwn(vocabulary, name)).map((name) => this.named(name).document);
  }

  *[Symbol.iterator](): Iterator<RegisteredTask> {
    for (const name of this.names) yield this.named(name);
  }

  #hint(name: string): string {
    const near = nearest(name, this.names);
    return near === undefined ? `The tasks are: ${this.names.join(", ")}.` : `Did you mean "${near}"?`;
  }
}

/** The input in the shape of the task, one of core's by name, or `input_invalid` naming each field that is wrong. */
export function parseTaskInput<Name extends TaskName>(task: Name, input: unknown): TaskInput<Name>;
export function parseTaskInput(task: RegisteredTask, input: unknown): unknown;
export function parseTaskInput(asked: TaskName | RegisteredTask, input: unknown): unknown {
  const task = typeof asked === "string" ? new TaskRegistry().named(asked) : asked;
  requireShallow(task.name, input);
  const result = task.input.safeParse(input, { error: plainWords });
  const odd = result.success ? noDataIn(input) : undefined;
  if (result.success && odd === undefined) return result.data;
  const problems = result.success
    ? [`${odd?.path === "" ? "it" : `"${odd?.path}"`} is ${odd?.words}: an input is what JSON can say, and bytes`]
    : describeIssues(task.input, result.error, { whole: "input" });
  throw new ModelError("input_invalid", `The input of ${task.name} is not valid: ${problems.join("; ")}.`, {
    details: { task: task.name, problems },
  });
}

let known: readonly RegisteredTask[] | undefined;

/** Read once: they are the same in every registry. */
function coreTasks(): readonly RegisteredTask[] {
  known ??= Object.values(vocabulary).map((task) => RegisteredTask.ofTask<unknown, unknown, unknown>(task));
  return known;
}
