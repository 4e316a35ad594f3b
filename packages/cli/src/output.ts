import { styleText } from "node:util";
import { answerJson, isModelError, type ModelError, toModelError } from "@menagerie/core";

type Style = Parameters<typeof styleText>[0];

/** Colours a word where a person reads it; `styleText` itself heeds NO_COLOR and what the stream can show. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${answerJson(value)}\n`);
}

/** Rows as a table: columns as wide as their widest cell, numbers of a column right-aligned where `right` names it. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        right.includes(headings[i] ?? "") ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [paint("bold", line(headings)), ...rows.map(line)].join("\n");
}

export function megabytes(bytes: number | undefined): string {
  if (bytes === undefined) return "-";
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** Prints an error and sets the exit code: 1 for every error with a code. */
export function fail(thrown: unknown, options: { json: boolean; debug: boolean }): void {
  const error = toModelError(thrown);
  process.exitCode = 1;
  if (options.json) {
    printJson({ error: error.toJSON() });
    return;
  }
  process.stderr.write(`${styleText("red", "error", { stream: process.stderr })} ${error.code}: ${error.message}\n`);
  if (options.debug || (!isModelError(thrown) && error.code === "internal"))
    process.stderr.write(`${error.stack ?? ""}\n`);
}

/** Prints the error of one of several questions, and sets the exit code. */
export function showError(
  error: ModelError,
  isJson: boolean,
  of: { readonly index: number; readonly input: string },
): void {
  process.exitCode = 1;
  if (isJson) printJson({ ...of, error: error.toJSON() });
  else {
    const about = error.message.includes(of.input) ? "" : `${of.input}: `;
    process.stderr.write(
      `${styleText("red", "error", { stream: process.stderr })} ${error.code}: ${about}${error.message}\n`,
    );
  }
}
