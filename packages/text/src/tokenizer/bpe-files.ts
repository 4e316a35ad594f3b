import { AddedVocabulary } from "./added-vocabulary.ts";
import { refuseUnreadKeys } from "./configured-keys.ts";
import { type SpecialToken, specialTokens } from "./special-tokens.ts";
import { isKeys, type Keys, shown } from "./told-token.ts";
import { idsOf } from "./vocabulary-ids.ts";

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
  refuseUnreadKeys(config, vocab.size);
  const kind = kindOf(vocab, config.tokenizer_class);
  const { wordEnd, defaults } = classes[kind];
  const map = keysOf("special_tokens_map.json", files.specialTokens);
  const addedIds = idsOf("added_tokens.json", files.addedTokens ?? {}, vocab.size);
  const { tokens, listed, named } = specialTokens({ config, map, addedIds, vocabularySize: vocab.size }, defaults);
  const added = new AddedVocabulary(vocab, tokens);
  const around = (part: SpecialToken): [content: string, id: number] => {
    const content = named[part];
    if (content === undefined) throw new SyntaxError(`${part} is null, and a ${kind} has one around every text`);
    if (!vocab.has(content) && !listed.has(content))
      throw new SyntaxError(`${part} is ${shown(content)}, which vocab.json and added_tokens.json do not know`);
    return [content, added.idOf(content) as number];
  };
  const isSpaced = config.add_prefix_space === true;
  return {
    version: "1.0",
    added_tokens: tokens.map((token) => ({ id: added.idOf(token.content), ...token })),
    normalizer: kind === "clip" ? clipNormalizer : null,
    pre_tokenizer: kind === "clip" ? clipPreTokenizer : byteLevel(isSpaced),
    post_processor: kind === "gpt2" ? template(config, named, around) : robertaProcessing(kind, around, isSpaced),
    decoder: byteLevel(true),
    model: {
      ...{ type: "BPE", dropout: null, continuing_subword_prefix: "", end_of_word_suffix: wordEnd, fuse_unk: false },
      // What transformers calls it that has none; a text that needs it cannot be encoded.
      unk_token: kind === "clip" ? (named.unk_token ?? "None") : null,
      vocab: Object.fromEntries(vocab),
      merges: mergesOf(files.merges, vocab, wordEnd),
    },
  };
}

/** By what the configuration names, else by the vocabulary's own marks. */
function kindOf(vocab: ReadonlyMap<string, number>, named: unknown): keyof typeof classes {
  const known = Object.entries(classes).find(([, { names }]) => typeof named === "string" && names.test(named));
  if (known !== undefined) return known[0] as keyof typeof classes;
  // A folder that transformers 5 saved, without its tokenizer.json: the class says nothing.
  const isGeneral = typeof named === "string" && /^PreTrainedTokenizer(Fast)?$|^TokenizersBackend$/.test(named);
  if (named !== undefined && named !== null && !isGeneral)
    throw new SyntaxError(
      `tokenizer_config.json's tokenizer_class is ${typeof named === "string" ? named : shown(named)}; of vocab.json and merges.txt those of CLIP, RoBERTa, BART and GPT-2 are made`,
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

/** Text and id of the token that stands around a text. @throws SyntaxError where there is none */
type Around = (part: SpecialToken) => [content: string, id: number];

function robertaProcessing(kind: "clip" | "roberta", around: Around, isSpaced: boolean): object {
  const isClip = kind === "clip";
  return {
    type: "RobertaProcessing",
    sep: around(isClip ? "eos_token" : "sep_token"),
    cls: around(isClip ? "bos_token" : "cls_token"),
    trim_offsets: !isClip,
    add_prefix_space: isClip ? false : isSpaced,
  };
}

/** What a GPT-2 has around a text where its configuration asks for it. */
function template(config: Keys, named: Readonly<Partial<Record<SpecialToken, string>>>, around: Around): object {
  const asked = (flag: string, part: SpecialToken): [string, number][] =>
    config[flag] === true && named[part] !== undefined ? [around(part)] : [];
  const [before, after] = [asked("add_bos_token", "bos_token"), asked("add_eos_token", "eos_token")];
  const step = ([content]: [string, number]): object => ({ SpecialToken: { id: content, type_id: 0 } });
  return {
    type: "TemplateProcessing",
    single: [...before.map(step), { Sequence: { id: "A", type_id: 0 } }, ...after.map(step)],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: Object.fromEntries(
      [...before, ...after].map(([content, id]) => [content, { id: content, ids: [id], tokens: [content] }]),
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

/** @throws SyntaxError for a file that is no object */
function keysOf(file: string, value: unknown): Keys {
  if (value === undefined) return {};
  if (isKeys(value)) return value;
  throw new SyntaxError(`${file} is no object with keys, {…}`);
}
