/**
 * Labels in the order of the outputs, of a text that somebody wrote: one a line, or JSON (a list, texts by number, numbers by
 * text, or any of these under a name that configurations give them).
 *
 * @throws Error whose message goes on after the file's name, for a table, numbered lines and JSON of another shape
 */
export function labelList(text: string): readonly string[] {
  return /^\s*[[{]/.test(text) ? labelsOfJson(text) : labelsOfLines(text);
}

const otherwise = "or write a JSON list of the labels as they are meant";

function labelsOfLines(text: string): readonly string[] {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const [first] = lines;
  if (first === undefined) throw new Error("names no label; one a line was expected, or a JSON list");
  const tabbed = lines.findIndex((line) => line.includes("\t"));
  if (tabbed >= 0)
    throw new Error(
      `has columns (line ${tabbed + 1} has a tab), and one label a line was expected. Keep one column, for example with: cut -f1 FILE`,
    );
  if (lines.length === 1 && first.includes(","))
    throw new Error(`has one line with commas (${shown(first)}), and one label a line was expected; ${otherwise}`);
  const numbered = /^"?(\d+)"?\s*[\s,:;.)=]\s*\S/;
  // A table's first line names its columns.
  const rows = numbered.test(first) ? lines : lines.slice(1);
  const numbers = rows.map((line) => Number(numbered.exec(line)?.[1] ?? Number.NaN));
  const start = numbers[0];
  if (start === undefined || rows.length < 2 || !(start <= 1) || numbers.some((number, i) => number !== start + i))
    return lines;
  throw new Error(
    `has a number before each label (${shown(rows[0] ?? "")}), and the label alone was expected on its line. Take the numbers away${
      rows.length < lines.length ? ", and the line of names above them" : ""
    }, ${otherwise}`,
  );
}

function labelsOfJson(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("begins like JSON and is none");
  }
  return labelsOf(value);
}

/** Names under which configurations keep their labels. */
const keys = ["id2label", "label2id", "labels", "label_names", "names", "classes", "class_names"];

function labelsOf(value: unknown): readonly string[] {
  const named = value as Readonly<Record<string, unknown>>;
  if (Array.isArray(value)) return texts(value);
  const key = keys.find((name) => typeof named[name] === "object" && named[name] !== null);
  if (key !== undefined) return labelsOf(named[key]);
  const entries = Object.entries(named);
  if (entries.length > 0 && entries.every(([, number]) => typeof number === "number")) {
    const byNumber = new Map(entries.map(([label, number]) => [number, label]));
    return texts(entries.map((_, i) => byNumber.get(i)));
  }
  return texts(entries.map((_, i) => named[String(i)]));
}

function texts(labels: readonly unknown[]): readonly string[] {
  if (labels.length === 0) throw new Error("names no label; one a line was expected, or a JSON list");
  const wrong = labels.findIndex((label) => typeof label !== "string");
  if (wrong < 0) return labels as string[];
  throw new Error(
    `has no text as label ${wrong}: a list of texts was expected, texts by number from 0 on ({"0": "cat"}), or numbers by text ({"cat": 0})`,
  );
}

function shown(line: string): string {
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}
