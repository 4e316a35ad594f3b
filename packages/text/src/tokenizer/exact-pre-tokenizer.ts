import { whiteSpace, withReferenceWhiteSpace } from "./white-space.ts";

/** The parts of the library's pre-tokenizers that are set right here. */
interface PreTokenizer {
  pattern?: unknown;
  tokenizers?: PreTokenizer[];
  pre_tokenize_text(text: string, options?: unknown): string[];
}

/** The `pre_tokenizer` section of a `tokenizer.json`. */
export interface PreTokenizerConfig {
  readonly type: string;
  readonly pretokenizers?: readonly PreTokenizerConfig[];
  readonly split?: boolean;
  readonly replacement?: string;
}

/** Makes the library's pre-tokenizer split where the reference splits. */
export function correctPreTokenizer(preTokenizer: PreTokenizer, config: PreTokenizerConfig): void {
  for (const [i, inner] of (preTokenizer.tokenizers ?? []).entries()) {
    const innerConfig = config.pretokenizers?.[i];
    if (innerConfig !== undefined) correctPreTokenizer(inner, innerConfig);
  }
  if (preTokenizer.pattern instanceof RegExp) preTokenizer.pattern = withReferenceWhiteSpace(preTokenizer.pattern);
  // The library also trims by JavaScript's white space before it matches.
  const own = config.type === "BertPreTokenizer" ? (preTokenizer.pattern as RegExp) : ownPreTokenizers[config.type];
  if (own !== undefined) preTokenizer.pre_tokenize_text = (text) => text.match(own) ?? [];
  if (config.type === "Metaspace" && config.split !== false) {
    const mark = preTokenizer.pre_tokenize_text.bind(preTokenizer);
    const before = new RegExp(`(?=${config.replacement ?? "▁"})`, "u");
    preTokenizer.pre_tokenize_text = (text, options) => mark(text, options).flatMap((marked) => marked.split(before));
  }
}

/** What the library splits by JavaScript's idea of words and white space. */
const ownPreTokenizers: Readonly<Record<string, RegExp>> = {
  WhitespaceSplit: new RegExp(`[^${whiteSpace}]+`, "gu"),
  Whitespace: new RegExp(
    `[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]+|[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}${whiteSpace}]+`,
    "gu",
  ),
};
