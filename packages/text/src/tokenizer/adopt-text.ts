import type { ArtifactDeclaration } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { z } from "zod";
import type { TextPreprocessing } from "../preprocessing/text-preprocessing.ts";
import { adoptTokenizer, type ExpectedTokenizer, type FoundTokenizer } from "./adopt-tokenizer.ts";

/** What a model of pictures and texts asks of its texts. */
export interface ExpectedText extends ExpectedTokenizer {
  /** Tokens that the model has positions for. */
  readonly positions: number;
  /** The axis of tokens as the graph has it: a number where the export fixed it. */
  readonly sequence: number | string | undefined;
  /** `longest` for a model that never looks at padding; `max_length` for one that reads it like any other token. */
  readonly padding: TextPreprocessing["padding"];
  /** What padding that is read consists of by config.json; the tokenizer's own files say it first. */
  readonly padId?: number | undefined;
}

/** A folder's tokenizer, and how texts are prepared with it. */
export interface AdoptedText {
  /** The first is the one that the preprocessing names. */
  readonly artifacts: readonly ArtifactDeclaration[];
  readonly preprocessing: TextPreprocessing;
}

/**
 * Reads how a folder prepares texts: its tokenizer, what `tokenizer_config.json` (before it, `special_tokens_map.json`)
 * says of length and padding, and the graph's own length where the export fixed one, to which every text is then filled up.
 * @throws ModelError `checkpoint_invalid` where the parts do not fit each other
 */
export async function adoptText(folder: CheckpointFolder, expected: ExpectedText): Promise<AdoptedText> {
  const { tokenizer, artifacts, file } = await adoptTokenizer(folder, expected);
  const said = await readSaid(folder);
  for (const key of ["padding_side", "truncation_side"] as const)
    if (said[key] === "left")
      throw folder.refusal(
        configFile,
        key,
        'is "left"; texts are filled up and cut on the right here: set it to "right"',
      );
  const { positions, sequence } = expected;
  const isFixed = typeof sequence === "number";
  const padding = isFixed ? "max_length" : expected.padding;
  const longest = Math.min(positions, said.model_max_length ?? positions);
  return {
    artifacts,
    preprocessing: {
      tokenizer: "tokenizer",
      max_length: isFixed ? sequence : expected.padding === "longest" ? longest : positions,
      padding,
      pad_token_id: padIdOf(folder, { tokenizer, file }, expected, said.pad_token),
    },
  };
}

function padIdOf(
  folder: CheckpointFolder,
  { tokenizer, file }: Pick<FoundTokenizer, "tokenizer" | "file">,
  { padding, padId }: ExpectedText,
  token: string | undefined,
): number {
  // Padding that nobody looks at is the token that ends a text: pooling at the largest id, as old CLIPs do it, then finds the
  // text's own end first, whatever a text is batched with.
  const end = tokenizer.encode("").at(-1);
  if (padding === "longest") return end ?? 0;
  if (token === undefined) {
    if (padId === undefined || padId === end) return end ?? 0;
    throw folder.refusal(
      file,
      file === "tokenizer.json" ? "post_processor" : undefined,
      `ends a text with the id ${end}, config.json says that ${padId} fills it up, and no ${configFile} says which "pad_token" does`,
    );
  }
  const id = tokenizer.tokenId(token);
  if (id !== undefined) return id;
  throw folder.refusal(configFile, "pad_token", `is "${token}", which ${file} does not know`);
}

interface Said {
  readonly model_max_length?: number | undefined;
  readonly pad_token?: string | undefined;
  readonly padding_side?: unknown;
  readonly truncation_side?: unknown;
}

const configFile = "tokenizer_config.json";
const saidSchema = z.object({
  model_max_length: z.number().positive().nullish(),
  pad_token: z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]).nullish(),
  padding_side: z.unknown().optional(),
  truncation_side: z.unknown().optional(),
});

async function readSaid(folder: CheckpointFolder): Promise<Said> {
  const files = [];
  for (const file of [configFile, "special_tokens_map.json"])
    if (await folder.has(file)) files.push(await folder.json(file, saidSchema));
  const length = files.find(({ model_max_length }) => model_max_length != null)?.model_max_length;
  return {
    // transformers writes 1e30 for none.
    model_max_length: length != null && length < 1e9 ? Math.floor(length) : undefined,
    pad_token: files.find(({ pad_token }) => pad_token != null)?.pad_token ?? undefined,
    padding_side: files[0]?.padding_side,
    truncation_side: files[0]?.truncation_side,
  };
}
