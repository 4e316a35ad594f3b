import type { Normalizer } from "./exact-normalizer.ts";
import { whiteSpace } from "./white-space.ts";

/** A token that is found in a text before it is split, as `tokenizer.json` has it. */
export interface AddedToken {
  readonly content: string;
  readonly single_word: boolean;
  /** Whether it takes the white space before it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Whether it is looked for in the text after it was normalised. */
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A vocabulary without its added tokens. */
export interface ModelVocabulary {
  /** Number of tokens. Where their ids have gaps it is less than the largest id. */
  readonly size: number;
  get(token: string): number | undefined;
}

/** A part of a text: an added token, or what is between two of them. */
export type TextPart = { readonly token: string } | { readonly text: string; readonly isFirst: boolean };

/**
 * The tokens that are added to a vocabulary, as the Rust library has them. It gives ids by a rule and not by what a file
 * declares: the vocabulary's own id where it has the token, else the first id that is free after all others.
 */
export class AddedVocabulary {
  readonly #model: ModelVocabulary;
  readonly #normalise: Normalizer;
  readonly #ids = new Map<string, number>();
  readonly #tokens = new Map<number, AddedToken>();
  readonly #names = new Map<number, string>();
  readonly #special = new Set<string>();
  #next: number;
  readonly #raw = new Trie();
  readonly #normalised = new Trie();

  /** @throws SyntaxError for two tokens that are the same once normalised: the library takes one of them by chance */
  constructor(model: ModelVocabulary, tokens: readonly AddedToken[], normalise: Normalizer = (text) => text) {
    this.#model = model;
    this.#normalise = normalise;
    this.#next = model.size;
    for (const token of tokens) if (token.content !== "") this.#add(token);
    for (const [id, { content, normalized }] of this.#tokens) {
      const trie = normalized ? this.#normalised : this.#raw;
      const other = trie.add(normalized ? normalise(content) : content, id);
      if (other === undefined) continue;
      const both = [other, id].map((each) => JSON.stringify(this.#tokens.get(each)?.content)).join(" and ");
      throw new SyntaxError(`the added tokens ${both} are the same in a text once it is normalised: one must go`);
    }
  }

  /** By id, each with the properties that were told last. */
  get tokens(): ReadonlyMap<number, AddedToken> {
    return this.#tokens;
  }

  /** What ids are read as in a text: normalised where the token is. Of a special one that is not skipped then. */
  get names(): ReadonlyMap<number, string> {
    return this.#names;
  }

  get special(): readonly string[] {
    return [...this.#special];
  }

  /** Of an added token or another. */
  idOf(token: string): number | undefined {
    return this.#ids.get(token) ?? this.#model.get(token);
  }

  /** Parts of a text, those between added tokens normalised. */
  split(text: string): TextPart[] {
    return this.#matches(text, this.#raw).flatMap((part, i): TextPart[] => {
      if ("token" in part) return [part];
      return this.#matches(this.#normalise(part.text), this.#normalised).map((inner, j) =>
        "token" in inner ? inner : { text: inner.text, isFirst: i === 0 && j === 0 },
      );
    });
  }

  #add(token: AddedToken): void {
    const id = this.idOf(token.content) ?? this.#next;
    this.#next = Math.max(this.#next, id + 1);
    this.#ids.set(token.content, id);
    this.#tokens.set(id, token);
    if (token.special) this.#special.add(token.content);
    // The library keeps the normalised name of a token that is told anew without it.
    if (token.normalized) this.#names.set(id, this.#normalise(token.content));
    else if (!this.#names.has(id)) this.#names.set(id, token.content);
  }

  #matches(text: string, trie: Trie): ({ token: string } | { text: string })[] {
    const parts: ({ token: string } | { text: string })[] = [];
    let done = 0;
    for (let at = 0; at < text.length; ) {
      const match = trie.longest(text, at);
      if (match === undefined) {
        at++;
        continue;
      }
      const token = this.#tokens.get(match.id) as AddedToken;
      let [start, stop] = [at, match.end];
      at = match.end;
      if (token.single_word && (endsInWord(text, start) || beginsWithWord(text, stop))) continue;
      if (token.lstrip) while (start > done && isSpace(text, start - 1)) start--;
      if (token.rstrip) while (stop < text.length && isSpace(text, stop)) stop++;
      if (done < start) parts.push({ text: text.slice(done, start) });
      parts.push({ token: token.content });
      done = stop;
    }
    if (done < text.length) parts.push({ text: text.slice(done) });
    return parts;
  }
}

/** Words by their characters. */
class Trie {
  readonly #root: TrieNode = { children: new Map() };

  /** What the word stood for until now. */
  add(word: string, id: number): number | undefined {
    if (word === "") return undefined;
    let node = this.#root;
    for (let i = 0; i < word.length; i++) {
      let child = node.children.get(word.charCodeAt(i));
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(word.charCodeAt(i), child);
      }
      node = child;
    }
    const other = node.id;
    node.id = id;
    return other;
  }

  /** The longest word that begins at `start`. */
  longest(text: string, start: number): { readonly id: number; readonly end: number } | undefined {
    let longest: { id: number; end: number } | undefined;
    let node: TrieNode | undefined = this.#root;
    for (let end = start; end < text.length; end++) {
      node = node.children.get(text.charCodeAt(end));
      if (node === undefined) break;
      if (node.id !== undefined) longest = { id: node.id, end: end + 1 };
    }
    return longest;
  }
}

interface TrieNode {
  readonly children: Map<number, TrieNode>;
  id?: number;
}

// What Rust's \w is.
const word = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]";
const [wordAtEnd, wordAtStart] = [new RegExp(`${word}$`, "u"), new RegExp(`^${word}`, "u")];
const space = new RegExp(`[${whiteSpace}]`);

// Two code units hold any character.
const endsInWord = (text: string, end: number): boolean => wordAtEnd.test(text.slice(Math.max(0, end - 2), end));
const beginsWithWord = (text: string, start: number): boolean => wordAtStart.test(text.slice(start, start + 2));
const isSpace = (text: string, at: number): boolean => space.test(text.charAt(at));
