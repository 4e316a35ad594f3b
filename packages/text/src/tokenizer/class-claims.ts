import { contentOf, isKeys, type Keys, shown } from "./told-token.ts";

/** A key that contradicts a `tokenizer.json`, and what is wrong with it. */
export interface Claim {
  readonly key: string;
  readonly problem: string;
}

type Part = "bos_token" | "eos_token" | "cls_token" | "sep_token";

/** What a class of transformers' tokenizers makes of its configuration, whatever the tokenizer.json has. */
interface TokenizerClass {
  readonly names: RegExp;
  readonly modelTypes: readonly string[];
  readonly model: "BPE" | "WordPiece" | "Unigram";
  /** Tokens before and after each text, and what they are where no file says. */
  readonly around?: readonly [opening: readonly [Part, string], closing: readonly [Part, string]];
  /** Where the class takes it for its model. */
  readonly unknown?: string;
  /** Whether a space is put before a text where tokenizer_config.json does not say. */
  readonly isSpaced?: boolean;
}

const sentence = [
  ["cls_token", "<s>"],
  ["sep_token", "</s>"],
] as const;
const classes: readonly TokenizerClass[] = [
  {
    names: /^CLIPTokenizer(Fast)?$/,
    modelTypes: ["clip"],
    model: "BPE",
    around: [
      ["bos_token", "<|startoftext|>"],
      ["eos_token", "<|endoftext|>"],
    ],
    unknown: "<|endoftext|>",
  },
  {
    names: /^(Roberta|Bart)Tokenizer(Fast)?$/,
    modelTypes: ["roberta", "bart"],
    model: "BPE",
    around: sentence,
    isSpaced: false,
  },
  { names: /^(GPT2|Whisper)Tokenizer(Fast)?$/, modelTypes: ["gpt2", "whisper"], model: "BPE", isSpaced: false },
  {
    names: /^(Bert|DistilBert|Electra)Tokenizer(Fast)?$/,
    modelTypes: ["bert", "distilbert", "electra"],
    model: "WordPiece",
    around: [
      ["cls_token", "[CLS]"],
      ["sep_token", "[SEP]"],
    ],
    unknown: "[UNK]",
  },
  {
    names: /^XLMRobertaTokenizer(Fast)?$/,
    modelTypes: ["xlm-roberta"],
    model: "Unigram",
    around: [
      ["bos_token", "<s>"],
      ["eos_token", "</s>"],
    ],
    isSpaced: true,
  },
];

/**
 * The first key that the class reads and that the tokenizer.json contradicts. A class that is not known here, and the general ones, which
 * read the tokenizer.json as it is, have none.
 */
export function classClaims(json: Keys, config: Keys, map: Keys, modelType: unknown): Claim | undefined {
  const named = config.tokenizer_class;
  const known = classes.find(({ names, modelTypes }) =>
    typeof named === "string" ? names.test(named) : modelTypes.includes(modelType as string),
  );
  if (known === undefined) return undefined;
  const { type } = json.model as Keys;
  if (type !== undefined && type !== known.model)
    return {
      key: "tokenizer_class",
      problem: `is that of a ${known.model} model, and tokenizer.json has a ${shown(type)}`,
    };
  return (
    normalizerClaim(json, config, known) ??
    spaceClaim(json, config, known) ??
    unknownClaim(json, config, map, known) ??
    aroundClaim(json, config, map, known)
  );
}

function normalizerClaim({ normalizer }: Keys, config: Keys, { model }: TokenizerClass): Claim | undefined {
  if (model !== "WordPiece" || !isKeys(normalizer) || normalizer.type !== "BertNormalizer") return undefined;
  const lower = config.do_lower_case ?? true;
  const told = (key: string, value: unknown, there: string, own: unknown): Claim | undefined =>
    value === own
      ? undefined
      : {
          key,
          problem: `is ${shown(value)}${key in config ? "" : ", the class's default"}, and ${there} ${shown(own)} in tokenizer.json`,
        };
  const isLower = normalizer.lowercase ?? true;
  return (
    told("do_lower_case", lower, "lowercase of the normalizer is", isLower) ??
    told("strip_accents", config.strip_accents ?? lower, "strip_accents is", normalizer.strip_accents ?? isLower) ??
    told(
      "tokenize_chinese_chars",
      config.tokenize_chinese_chars ?? true,
      "handle_chinese_chars is",
      normalizer.handle_chinese_chars ?? true,
    )
  );
}

function spaceClaim(
  { pre_tokenizer: preTokenizer }: Keys,
  config: Keys,
  { isSpaced }: TokenizerClass,
): Claim | undefined {
  if (isSpaced === undefined) return undefined;
  const own = steps(preTokenizer)
    .map(putsSpace)
    .find((each) => each !== undefined);
  const value = config.add_prefix_space ?? isSpaced;
  if (own === undefined || Boolean(value) === own) return undefined;
  const source = "add_prefix_space" in config ? "" : ", the class's default";
  return {
    key: "add_prefix_space",
    problem: `is ${shown(value)}${source}, and the pre_tokenizer of tokenizer.json ${own ? "puts a" : "puts no"} space before a text`,
  };
}

function steps(preTokenizer: unknown): readonly Keys[] {
  if (!isKeys(preTokenizer)) return [];
  return Array.isArray(preTokenizer.pretokenizers) ? preTokenizer.pretokenizers.filter(isKeys) : [preTokenizer];
}

/** Undefined for a step that has nothing to do with it. */
function putsSpace(step: Keys): boolean | undefined {
  if (step.type === "ByteLevel") return step.add_prefix_space !== false;
  if (step.type !== "Metaspace") return undefined;
  return step.prepend_scheme === undefined ? step.add_prefix_space !== false : step.prepend_scheme !== "never";
}

function unknownClaim(json: Keys, config: Keys, map: Keys, { unknown }: TokenizerClass): Claim | undefined {
  const { unk_token: own } = json.model as Keys;
  if (unknown === undefined || own === undefined) return undefined;
  const value = saidToken("unk_token", config, map) ?? unknown;
  return value === own
    ? undefined
    : { key: "unk_token", problem: `is ${shown(value)}, and the model of tokenizer.json has ${shown(own)}` };
}

function aroundClaim(json: Keys, config: Keys, map: Keys, { around }: TokenizerClass): Claim | undefined {
  if (around === undefined) return undefined;
  const own = aroundOf(json.post_processor);
  if (own === undefined) return undefined;
  for (const [i, [key, otherwise]] of around.entries()) {
    const value = saidToken(key, config, map) ?? otherwise;
    if (value !== own[i])
      return {
        key,
        problem: `is ${shown(value)}, and a text ${i === 0 ? "begins" : "ends"} in tokenizer.json with ${own[i] === "" ? "none" : shown(own[i])}`,
      };
  }
  return undefined;
}

/** special_tokens_map.json wins, where tokenizer_config.json does not list its tokens. */
function saidToken(key: string, config: Keys, map: Keys): unknown {
  const content = (value: unknown): unknown => (isKeys(value) ? value.content : contentOf(value));
  const mapped = "added_tokens_decoder" in config ? undefined : content(map[key]);
  return mapped ?? content(config[key]);
}

/** Tokens that a post-processor puts before and after a text, each "" for none; undefined for one of several. */
function aroundOf(processor: unknown): readonly [string, string] | undefined {
  if (!isKeys(processor)) return ["", ""];
  if (processor.type === "Sequence" && Array.isArray(processor.processors)) {
    const all = processor.processors.map(aroundOf).filter((each) => each?.join("") !== "");
    return all.length > 1 ? undefined : (all[0] ?? (all.length === 0 ? ["", ""] : undefined));
  }
  if (processor.type === "BertProcessing" || processor.type === "RobertaProcessing") {
    const { cls, sep } = processor;
    return Array.isArray(cls) && Array.isArray(sep) ? [String(cls[0]), String(sep[0])] : undefined;
  }
  if (processor.type !== "TemplateProcessing" || !Array.isArray(processor.single)) return ["", ""];
  const single = processor.single
    .filter(isKeys)
    .map(({ SpecialToken: token }) => (isKeys(token) ? String(token.id) : ""));
  const at = single.indexOf("");
  return [single.slice(0, at).join(" "), single.slice(at + 1).join(" ")];
}
