import { type AnswerFile, answerFiles, ModelError, type RegisteredTask, schemasIn } from "@menagerie/core";

/** A client that wants the bytes of an answer's picture, recording, film or tensor rather than JSON. */
export class AcceptedFile {
  readonly #ranges: readonly string[];
  /** Whether it takes JSON as well. */
  readonly #takesJson: boolean;
  readonly #header: string;

  private constructor(header: string, ranges: readonly string[]) {
    this.#header = header;
    this.#ranges = ranges.filter(isOfFiles);
    this.#takesJson = ranges.some(
      (range) => range === "application/json" || range === "application/*" || range === "*/*",
    );
  }

  /** Undefined for a client that prefers anything else, and for one that does not say. */
  static of(header: string | undefined): AcceptedFile | undefined {
    const ranges = rangesOf(header ?? "");
    return isOfFiles(ranges[0] ?? "") ? new AcceptedFile(header ?? "", ranges) : undefined;
  }

  /** Refuses, before a model works, what its answer cannot have. @throws `input_invalid` */
  requireFrom(task: RegisteredTask): void {
    if (this.#takesJson) return;
    const kinds = new Set([...schemasIn(task.document.output)].flatMap(typesOf));
    if (this.#ranges.some((range) => [...kinds].some((type) => matches(range, type) || matches(type, range)))) return;
    throw this.#refusal(`answers to ${task.name} have nothing of that kind`);
  }

  /** The file to send; undefined where it is JSON after all. @throws `input_invalid` where there is not exactly one */
  from(task: RegisteredTask, output: unknown): AnswerFile | undefined {
    const files = answerFiles(task, output);
    const fitting = files.filter(({ mediaType }) => this.#ranges.some((range) => matches(range, mediaType)));
    const [only, another] = fitting;
    if (only !== undefined && another === undefined) return only;
    if (this.#takesJson) return undefined;
    const there = files.map(({ path, mediaType }) => `${path} (${mediaType})`).join(", ") || "no file";
    throw this.#refusal(`the answer has ${fitting.length} of that kind, and one can be sent alone; it has ${there}`);
  }

  #refusal(problem: string): ModelError {
    return new ModelError(
      "input_invalid",
      `The request accepts ${this.#header}, but ${problem}. Send Accept: application/json.`,
      { details: { accept: this.#header } },
    );
  }
}

function isOfFiles(range: string): boolean {
  return /^(image|audio|video)\//.test(range) || range === "application/x-npy";
}

/** What a schema's values are, as media ranges. */
function typesOf(schema: Readonly<Record<string, unknown>>): string[] {
  if (schema.tensor !== undefined) return ["application/x-npy"];
  const promised = typeof schema.contentMediaType === "string" ? [schema.contentMediaType.toLowerCase()] : [];
  return typeof schema.media === "string" && schema.media !== "text" ? [...promised, `${schema.media}/*`] : promised;
}

/** Media ranges of an Accept header, the most wanted first. */
function rangesOf(header: string): string[] {
  const ranges = header.split(",").map((entry) => {
    const [range = "", ...parameters] = entry.split(";").map((word) => word.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    return { range, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
  });
  return ranges
    .filter(({ range, weight }) => range !== "" && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ range }) => range);
}

function matches(range: string, type: string): boolean {
  return range === type || (range.endsWith("/*") && type.startsWith(range.slice(0, -1)));
}
