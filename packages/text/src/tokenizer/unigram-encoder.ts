/** The `model` section of a `tokenizer.json` of type Unigram. */
export interface UnigramConfig {
  readonly type: "Unigram";
  readonly vocab: readonly (readonly [piece: string, logProbability: number])[];
  readonly unk_id?: number | null;
  readonly byte_fallback?: boolean;
}

interface Node {
  readonly children: Map<string, Node>;
  /** Log probability of the piece that ends here. */
  score?: number;
}

/** What a character that no piece covers costs, below the least likely piece. */
const unknownPenalty = 10;

/** Splits words into the pieces whose probabilities multiply to the most: SentencePiece's unigram model, by Viterbi's search. */
export class UnigramEncoder {
  readonly #root: Node = { children: new Map() };
  readonly #unknown: string | undefined;
  readonly #unknownScore: number;
  readonly #fallsBackToBytes: boolean;

  constructor({ vocab, unk_id, byte_fallback }: UnigramConfig) {
    let least = Number.POSITIVE_INFINITY;
    for (const [piece, score] of vocab) {
      least = Math.min(least, score);
      let node = this.#root;
      for (const character of piece) {
        let child = node.children.get(character);
        if (child === undefined) {
          child = { children: new Map() };
          node.children.set(character, child);
        }
        node = child;
      }
      node.score = score;
    }
    this.#unknown = vocab[unk_id ?? -1]?.[0];
    this.#unknownScore = least - unknownPenalty;
    const bytes = new Set(vocab.map(([piece]) => piece));
    this.#fallsBackToBytes =
      byte_fallback === true &&
      Array.from({ length: 256 }, (_, byte) => byteToken(byte)).every((token) => bytes.has(token));
  }

  /** Pieces of one word. Characters without a piece come as one string, or as their bytes' pieces. */
  encode(word: string): string[] {
    const characters = Array.from(word);
    const path = this.#bestPath(characters);
    const pieces: string[] = [];
    let unknown = "";
    for (let end = characters.length; end > 0; ) {
      const { start, isUnknown } = path[end] as Step;
      const piece = characters.slice(start, end).join("");
      if (isUnknown) unknown = piece + unknown;
      else {
        for (const part of this.#unknownPieces(unknown)) pieces.push(part);
        unknown = "";
        pieces.push(piece);
      }
      end = start;
    }
    // Not spread: a text of 100,000 unknown characters has more pieces than a call takes arguments.
    for (const part of this.#unknownPieces(unknown)) pieces.push(part);
    return pieces.reverse();
  }

  #bestPath(characters: readonly string[]): readonly (Step | undefined)[] {
    const best = new Array<Step | undefined>(characters.length + 1);
    for (let start = 0; start < characters.length; start++) {
      const before = best[start]?.score ?? 0;
      const reach = (end: number, score: number, isUnknown: boolean): void => {
        const known = best[end];
        if (known === undefined || before + score > known.score)
          best[end] = { start, score: before + score, isUnknown };
      };
      let node: Node | undefined = this.#root;
      let coversOne = false;
      for (let end = start; end < characters.length; end++) {
        node = node.children.get(characters[end] as string);
        if (node === undefined) break;
        if (node.score === undefined) continue;
        const isUnknown = this.#unknown !== undefined && characters.slice(start, end + 1).join("") === this.#unknown;
        reach(end + 1, node.score, isUnknown);
        coversOne ||= end === start;
      }
      if (!coversOne) reach(start + 1, this.#unknownScore, true);
    }
    return best;
  }

  /** In reverse, as the caller collects them. */
  #unknownPieces(text: string): string[] {
    if (text === "") return [];
    return this.#fallsBackToBytes ? Array.from(Buffer.from(text), byteToken).reverse() : [text];
  }
}

interface Step {
  readonly start: number;
  readonly score: number;
  readonly isUnknown: boolean;
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}
