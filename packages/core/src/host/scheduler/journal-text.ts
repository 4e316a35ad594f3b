import { ModelError } from "../../contract/model-error.ts";
import type { JournalEntry, JournalRecord } from "./journal.ts";
import type { SchedulerState } from "./scheduler-state.ts";

/** Number of the format; a reader of another says so. */
const format = 1;

/** A journal as text: a line with the state that it starts from, then a line of JSON for each entry. */
export function journalText({ start, entries }: JournalRecord): string {
  const header = { menagerie_journal: format, start: { ...start, places: [...start.places] } };
  return [header, ...entries].map((line) => `${JSON.stringify(line, written)}\n`).join("");
}

/** @throws ModelError `input_invalid` naming the line that cannot be read */
export function parseJournal(text: string): JournalRecord {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [header, ...entries] = lines.map((line, i) => parsed(line, i + 1)) as [Header | undefined, ...JournalEntry[]];
  if (header?.menagerie_journal !== format || header.start === undefined)
    throw invalid(1, `it does not begin with {"menagerie_journal":${format},…}`);
  for (const [i, entry] of entries.entries())
    if (typeof entry.at !== "number" || typeof entry.event?.type !== "string" || !Array.isArray(entry.actions))
      throw invalid(i + 2, "it has no time, no event or no actions");
  return { start: { ...header.start, places: new Map(header.start.places) }, entries };
}

interface Header {
  readonly menagerie_journal: number;
  readonly start: Omit<SchedulerState, "places"> & { readonly places: readonly (readonly [string, number])[] };
}

/** JSON has no word for these. */
const unwritable: ReadonlyMap<unknown, string> = new Map([
  [Number.POSITIVE_INFINITY, "Infinity"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
  [Number.NaN, "NaN"],
]);
const readable: ReadonlyMap<unknown, number> = new Map([...unwritable].map(([value, word]) => [word, Number(value)]));

function written(_key: string, value: unknown): unknown {
  return unwritable.get(value) ?? value;
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line, read);
  } catch {
    throw invalid(number, "it is no JSON");
  }
}

function read(_key: string, value: unknown): unknown {
  return readable.get(value) ?? value;
}

function invalid(line: number, what: string): ModelError {
  const message = `This is no journal of a zoo: line ${line}: ${what}. Write one with \`zoo journal\`.`;
  return new ModelError("input_invalid", message, { details: { line } });
}
