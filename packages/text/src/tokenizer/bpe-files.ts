import { type AddedToken, type SpecialToken, specialTokens } from "./special-tokens.ts";

/** The files of a byte-level BPE tokenizer from before there was a `tokenizer.json`, as parsed JSON and as text. */
export interface BpeFiles {
  /** `vocab.json`: ids by token. */
  readonly vocab: unknown;
  /** `merges.txt`: a pair of tokens a line, the most frequent first. */
  readonly merges: string;
  /** `tokenizer_config.json` */
  readonly config?: unknown;
  /** `special_tokens_map.json` */
  readonly specialTokens?: unknown;
  /** `added_tokens.json`: ids by token. */
  readonly addedTokens?: unknown;
}

/** Names of the artifacts that a tokenizer's older files are, after the name of its vocabulary; `.json` but for the merges. */
export const bpeParts: Readonly<Record<Exclude<keyof BpeFiles, "vocab">, readonly [ending: string, file: string]>> = {
  merges: ["_merges", "merges.txt"],
  config: ["_config", "tokenizer_config.json"],
  specialTokens: ["_special_tokens", "special_tokens_map.json"],
  addedTokens: ["_added_tokens", "added_tokens.json"],
};

/** How one class of transformers' tokenizers differs from the others. */
interface BpeClass {
  readonly names: RegExp;
  /** Special tokens where no file says others. */
  readonly defaults: Readonly<Partial<Record<SpecialToken, string>>>;
  readonly wordEnd: string;
}

const end = "<|endoftext|>";
const classes: Readonly<Record<"clip" | "roberta" | "gpt2", BpeClass>> = {
  clip: {
    names: /^CLIPTokenizer(Fast)?$/,
    defaults: { bos_token: "<|startoftext|>", eos_token: end, unk_token: end, pad_token: end },
    wordEnd: "</w>",
  },
  roberta: {
    names: /^(Roberta|Bart)Tokenizer(Fast)?$/,
    defaults: {
      ...{ bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>", sep_token: "</s>", pad_token: "<pad>" },
      ...{ cls_token: "<s>", mask_token: "<mask>" },
    },
    wordEnd: "",
  },
  gpt2: {
    names: /^GPT2Tokenizer(Fast)?$/,
    defaults: { bos_token: end, eos_token: end, unk_token: end },
    wordEnd: "",
  },
};

/**
 * The `tokenizer.json` that transformers 5 makes of a CLIP's, a RoBERTa's (BART's) or a GPT-2's older files.
 * @throws SyntaxError saying which file does not fit, or which class is not known
 */
export function bpeTokenizer(files: BpeFiles): object {
  const vocab = idsOf("vocab.json", files.vocab);
  const config = keysOf("tokenizer_config.json", files.config);
  const kind = kindOf(vocab, config.tokenizer_class);
  const { wordEnd, defaults } = classes[kind];
  const special = specialTokens(
    { vocab, config, map: keysOf("special_tokens_map.json", files.specialTokens) },
    idsOf("added_tokens.json", files.addedTokens ?? {}),
    defaults,
  );
  const isSpaced = config.add_prefix_space === true;
  return {
    version: "1.0",
    added_tokens: special.added,
    normalizer: kind === "clip" ? clipNormalizer : null,
    pre_tokenizer: kind === "clip" ? clipPreTokenizer : byteLevel(isSpaced),
    post_processor: postProcessor(kind, config, special.named, isSpaced),
    decoder: byteLevel(true),
    model: {
      ...{ type: "BPE", dropout: null, continuing_subword_prefix: "", end_of_word_suffix: wordEnd, fuse_unk: false },
      unk_token: kind === "clip" ? (special.named.unk_token?.content ?? null) : null,
      vocab: Object.fromEntries(vocab),
      merges: mergesOf(files.merges, vocab, wordEnd),
    },
  };
}

/** By what the configuration names, else by the vocabulary's own marks. */
function kindOf(vocab: ReadonlyMap<string, number>, named: unknown): keyof typeof classes {
  const known = Object.entries(classes).find(([, { names }]) => typeof named === "string" && names.test(named));
  if (known !== undefined) return known[0] as keyof typeof classes;
  if (typeof named === "string" && !/^PreTrainedTokenizer(Fast)?$|^TokenizersBackend$/.test(named))
    throw new SyntaxError(
      `tokenizer_config.json's tokenizer_class is ${named}; of vocab.json and merges.txt those of CLIP, RoBERTa, BART and GPT-2 are made`,
    );
  if (vocab.has("a</w>")) return "clip";
  if (vocab.has("<s>") && vocab.has("</s>")) return "roberta";
  if (vocab.has(end)) return "gpt2";
  throw new SyntaxError("vocab.json has the special tokens of no CLIP, RoBERTa, BART or GPT-2");
}

const byteLevel = (isSpaced: boolean): object => ({
  type: "ByteLevel",
  add_prefix_space: isSpaced,
  trim_offsets: true,
  use_regex: true,
});

const clipNormalizer = {
  type: "Sequence",
  normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }, { type: "Lowercase" }],
};

const clipPreTokenizer = {
  type: "Sequence",
  pretokenizers: [
    {
      type: "Split",
      pattern: {
        Regex: "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
      },
      behavior: "Removed",
      invert: true,
    },
    byteLevel(false),
  ],
};

/** What stands around a text. */
function postProcessor(
  kind: keyof typeof classes,
  config: Readonly<Record<string, unknown>>,
  named: Readonly<Partial<Record<SpecialToken, AddedToken>>>,
  isSpaced: boolean,
): object {
  const pair = (token: SpecialToken): [string, number] => {
    const { content, id } = named[token] as AddedToken;
    return [content, id];
  };
  const isClip = kind === "clip";
  if (kind !== "gpt2")
    return {
      type: "RobertaProcessing",
      sep: pair(isClip ? "eos_token" : "sep_token"),
      cls: pair(isClip ? "bos_token" : "cls_token"),
      trim_offsets: !isClip,
      add_prefix_space: isClip ? false : isSpaced,
    };
  const around = (flag: unknown, token: SpecialToken): AddedToken[] => {
    const found = named[token];
    return flag === true && found !== undefined ? [found] : [];
  };
  const [before, after] = [around(config.add_bos_token, "bos_token"), around(config.add_eos_token, "eos_token")];
  const step = ({ content }: AddedToken): object => ({ SpecialToken: { id: content, type_id: 0 } });
  return {
    type: "TemplateProcessing",
    single: [...before.map(step), { Sequence: { id: "A", type_id: 0 } }, ...after.map(step)],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: Object.fromEntries(
      [...before, ...after].map(({ content, id }) => [content, { id: content, ids: [id], tokens: [content] }]),
    ),
  };
}

/** @throws SyntaxError with the line that is no pair of known tokens */
function mergesOf(text: string, vocab: ReadonlyMap<string, number>, wordEnd: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, i): [string, string][] => {
    if (line.startsWith("#version") || line.trim() === "") return [];
    const [left, right, more] = line.trimEnd().split(" ");
    if (left === undefined || right === undefined || more !== undefined)
      throw new SyntaxError(`merges.txt: line ${i + 1} is no pair of tokens: ${JSON.stringify(line.slice(0, 40))}`);
    if (!vocab.has(left) || !vocab.has(right) || !vocab.has(left + right))
      throw new SyntaxError(
        `merges.txt: line ${i + 1} merges ${JSON.stringify(`${left} ${right}`)}, which vocab.json does not know${wordEnd === "" ? "" : " as a CLIP's"}: they are of two tokenizers`,
      );
    return [[left, right]];
  });
}

/** @throws SyntaxError for a file that is no object of ids */
function idsOf(file: string, value: unknown): ReadonlyMap<string, number> {
  const ids = new Map(Object.entries(keysOf(file, value))) as Map<string, number>;
  for (const [token, id] of ids)
    if (!Number.isInteger(id) || id < 0)
      throw new SyntaxError(`${file}: ${JSON.stringify(token)} has ${JSON.stringify(id)}; a whole number was expected`);
  return ids;
}

function keysOf(file: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SyntaxError(`${file} is no object with keys, {…}`);
}
