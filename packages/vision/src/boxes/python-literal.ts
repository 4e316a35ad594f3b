/** A value that Python's `repr` wrote; tuples and lists are arrays, None is undefined. */
export type PythonLiteral = string | number | boolean | undefined | readonly PythonLiteral[] | PythonDict;

/** The entries of a dict in the order in which they were written. */
export class PythonDict {
  readonly entries: readonly (readonly [PythonLiteral, PythonLiteral])[];

  constructor(entries: readonly (readonly [PythonLiteral, PythonLiteral])[]) {
    this.entries = entries;
  }

  /** The value of a key; undefined where there is none. */
  get(key: string | number): PythonLiteral {
    return this.entries.findLast(([name]) => name === key)?.[1];
  }
}

/** What `ast.literal_eval` makes of a text. @throws SyntaxError saying where it stops to be a literal */
export function pythonLiteral(text: string): PythonLiteral {
  const reader = new LiteralReader(text);
  const value = reader.value();
  reader.end();
  return value;
}

const closing: Readonly<Record<string, string>> = { "[": "]", "(": ")" };
const words: ReadonlyMap<string, boolean | undefined> = new Map([
  ["True", true],
  ["False", false],
  ["None", undefined],
]);

class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): PythonLiteral {
    const start = this.#text[this.#skip()];
    if (start === "{") return this.#dict();
    const end = closing[start ?? ""];
    if (end !== undefined) return this.#items(end, () => this.value());
    const string = this.#match(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/suy);
    if (string !== undefined) return unescaped(string[1] ?? string[2] ?? "");
    const number = this.#match(/[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y);
    if (number !== undefined) return Number(number[0]);
    const word = this.#match(/True|False|None/y);
    if (word !== undefined) return words.get(word[0]);
    throw this.#unexpected();
  }

  end(): void {
    if (this.#skip() < this.#text.length) throw this.#unexpected();
  }

  #dict(): PythonDict {
    return new PythonDict(
      this.#items("}", () => {
        const key = this.value();
        this.#expect(":");
        return [key, this.value()] as const;
      }),
    );
  }

  /** What stands between an opening bracket, at which the reader is, and its end; a comma after the last one may stand. */
  #items<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    this.#at++;
    while (this.#text[this.#skip()] !== end) {
      items.push(item());
      if (this.#text[this.#skip()] === end) break;
      this.#expect(",");
    }
    this.#expect(end);
    return items;
  }

  #expect(character: string): void {
    if (this.#text[this.#skip()] !== character) throw this.#unexpected();
    this.#at++;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }

  #skip(): number {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#at;
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`${JSON.stringify(this.#text[this.#at] ?? "the end")} at ${this.#at} was not expected`);
  }
}

const letters: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gs,
    (_, x, u, U, plain: string | undefined) => {
      const code = (x ?? u ?? U) as string | undefined;
      return code === undefined
        ? (letters[plain ?? ""] ?? plain ?? "")
        : String.fromCodePoint(Number.parseInt(code, 16));
    },
  );
}
