import { ModelError } from "@menagerie/core";

/** What is wrong with a file of OpenCV's, and where. */
export type OpencvYmlCode = "checkpoint_invalid" | "model_load_failed";

/**
 * One file in the dialect of YAML that OpenCV's FileStorage writes, read key by key. Keys are unique in the files this
 * is for, so nesting is not followed.
 */
export class OpencvYml {
  readonly #text: string;
  readonly #file: string;
  readonly #code: OpencvYmlCode;

  /** @param code of the errors that this file gives. */
  constructor(text: string, file: string, code: OpencvYmlCode) {
    // Files that went through Windows end their lines otherwise.
    this.#text = text.replaceAll("\r\n", "\n");
    this.#file = file;
    this.#code = code;
    // OpenCV 4 heads its files with "%YAML:1.0", OpenCV 5 with "%YAML 1.2".
    if (!/^%YAML[: ]1\.\d\s/.test(text))
      throw this.refusal(undefined, 'does not begin with "%YAML": it is not a YAML file as OpenCV writes them');
  }

  word(key: string): string {
    const value = new RegExp(`^[ \\t]*${key}:[ \\t]*(\\S.*?)[ \\t]*$`, "m").exec(this.#text)?.[1];
    if (value === undefined) throw this.refusal(key, "is missing");
    return value;
  }

  number(key: string): number {
    const value = Number(this.word(key));
    if (!Number.isFinite(value)) throw this.refusal(key, `is "${this.word(key)}", not a number`);
    return value;
  }

  /** The list of exactly `count` numbers under a key. */
  numbers(key: string, count: number): number[] {
    const list = new RegExp(`^[ \\t]*${key}:[ \\t]*\\[([^\\]]*)\\]`, "m").exec(this.#text)?.[1];
    if (list === undefined) throw this.refusal(key, "is missing or not a list");
    return this.#parse(key, list, count);
  }

  /** The list of exactly `rows` lists of `columns` numbers under a key, row after row. */
  matrix(key: string, rows: number, columns: number): Float32Array {
    const start = new RegExp(`^([ \\t]*)${key}:[ \\t]*$`, "m").exec(this.#text);
    if (start === null) throw this.refusal(key, "is missing");
    const item = /[ \t]*-[ \t]*\[([^\]]*)\]\s*/y;
    item.lastIndex = start.index + start[0].length + 1;
    const result = new Float32Array(rows * columns);
    let row = 0;
    for (let match = item.exec(this.#text); match !== null; match = item.exec(this.#text), row++) {
      if (row < rows) result.set(this.#parse(`${key}[${row}]`, match[1] as string, columns), row * columns);
    }
    if (row !== rows) throw this.refusal(key, `has ${row} rows, not ${rows}`);
    return result;
  }

  refusal(key: string | undefined, problem: string): ModelError {
    const place = key === undefined ? this.#file : `${this.#file}, key "${key}"`;
    return new ModelError(this.#code, `${place}: ${problem}.`, {
      details: { file: this.#file, ...(key === undefined ? {} : { key }) },
    });
  }

  #parse(key: string, list: string, count: number): number[] {
    const numbers = list.split(",").map(Number);
    if (numbers.length !== count) throw this.refusal(key, `has ${numbers.length} numbers, not ${count}`);
    if (!numbers.every(Number.isFinite)) throw this.refusal(key, "has an entry that is not a number");
    return numbers;
  }
}
