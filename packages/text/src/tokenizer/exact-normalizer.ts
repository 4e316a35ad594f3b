import * as library from "@huggingface/tokenizers";
import { PrecompiledCharsmap } from "./precompiled-charsmap.ts";
import { trimEnd, trimStart, whiteSpace, withReferenceWhiteSpace } from "./white-space.ts";

export type Normalizer = (text: string) => string;

/** The `normalizer` section of a `tokenizer.json`. */
export interface NormalizerConfig {
  readonly type: string;
  readonly normalizers?: readonly NormalizerConfig[];
  readonly precompiled_charsmap?: string | null;
  readonly strip_left?: boolean;
  readonly strip_right?: boolean;
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
  readonly prepend?: string;
}

/** A normalizer that gives what the reference gives, to the character. @throws TypeError for a kind it does not know */
export function exactNormalizer(config: NormalizerConfig): Normalizer {
  switch (config.type) {
    case "Sequence": {
      const steps = (config.normalizers ?? []).map(exactNormalizer);
      return (text) => steps.reduce((result, step) => step(result), text);
    }
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
      return (text) => text.normalize(config.type);
    case "Lowercase":
      return lowerCase;
    case "Strip":
      return (text) => {
        const trimmed = config.strip_left ? trimStart(text) : text;
        return config.strip_right ? trimEnd(trimmed) : trimmed;
      };
    case "StripAccents":
      return (text) => text.replaceAll(/\p{M}/gu, "");
    case "Nmt":
      return (text) => text.replaceAll(dropped, "").replaceAll(blank, " ");
    case "Prepend":
      return (text) => (text === "" ? text : (config.prepend ?? "") + text);
    case "Precompiled": {
      const charsmap = config.precompiled_charsmap ? new PrecompiledCharsmap(config.precompiled_charsmap) : undefined;
      return (text) => charsmap?.normalise(text) ?? text;
    }
    case "BertNormalizer":
      return bertNormalizer(config);
    case "Replace": {
      const replace = new ReplaceNormalizer(config);
      if (replace.pattern instanceof RegExp) replace.pattern = withReferenceWhiteSpace(replace.pattern);
      return (text) => replace.normalize(text);
    }
    default:
      throw new TypeError(`no normalizer is known as "${config.type}"`);
  }
}

/** The same without the kind that the library does not have, so that it can be made; its normalizer is replaced afterwards. */
export function libraryNormalizer(config: NormalizerConfig): NormalizerConfig {
  if (config.type === "Nmt") return { type: "Sequence", normalizers: [] };
  if (config.type !== "Sequence") return config;
  return { ...config, normalizers: (config.normalizers ?? []).map(libraryNormalizer) };
}

/** The library's own, which translates Oniguruma's patterns; its declarations export the class in a way that cannot be resolved. */
const { ReplaceNormalizer } = library as unknown as {
  ReplaceNormalizer: new (config: NormalizerConfig) => { pattern: RegExp | string | null; normalize: Normalizer };
};

/** Letter by letter: JavaScript would end a word with ς where the reference writes σ. */
function lowerCase(text: string): string {
  return text.replaceAll("Σ", "σ").toLowerCase();
}

function bertNormalizer({ clean_text, handle_chinese_chars, strip_accents, lowercase }: NormalizerConfig): Normalizer {
  return (text) => {
    let result = text;
    if (clean_text) result = result.replaceAll(control, "").replaceAll(anyWhiteSpace, " ");
    if (handle_chinese_chars) result = result.replaceAll(ideograph, " $& ");
    if (strip_accents ?? lowercase) result = result.normalize("NFD").replaceAll(/\p{Mn}/gu, "");
    return lowercase ? lowerCase(result) : result;
  };
}

const anyWhiteSpace = new RegExp(`[${whiteSpace}]`, "gu");
const control = /[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
// The blocks that the original BERT calls Chinese characters.
const ideograph =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the normaliser drops exactly these control characters; \p{Cc} would drop tabs and line ends too
const dropped = /[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g;
const blank = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;
