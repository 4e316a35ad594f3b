import type { DescriptionPrompt } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { z } from "zod";
import { publishedBans } from "./florence-parameters.ts";
import { publishedSentences } from "./florence-prompt.ts";

/** What the folder's processor says beside what it does with pictures. */
export interface AdoptedProcessor {
  readonly banned_phrases: readonly string[];
  /** Where they are not the published ones. */
  readonly sentences: Partial<Record<DescriptionPrompt, string>>;
  readonly findings: readonly string[];
}

/**
 * Reads the phrases that grounding leaves out (processor_config.json), and the tables of questions that the public
 * conversions have (preprocessor_config.json).
 */
export async function readProcessor(folder: CheckpointFolder): Promise<AdoptedProcessor> {
  const { phrases, findings } = await readRules(folder);
  const questions = await readQuestions(folder);
  return { banned_phrases: phrases, sentences: questions.sentences, findings: [...findings, ...questions.findings] };
}

const rulesFile = "processor_config.json";
const rules = z.object({
  post_processor_config: z
    .looseObject({
      phrase_grounding: z.object({ banned_grounding_tokens: z.array(z.string()).default([]) }).optional(),
      ocr: z.object({ AREA_THRESHOLD: z.unknown().optional(), PATTERN: z.unknown().optional() }).optional(),
    })
    .nullish(),
});

async function readRules(folder: CheckpointFolder): Promise<{ phrases: readonly string[]; findings: string[] }> {
  const found = (await folder.has(rulesFile)) ? (await folder.json(rulesFile, rules)).post_processor_config : undefined;
  const grounding = found?.phrase_grounding;
  const phrases = grounding === undefined ? publishedBans : grounding.banned_grounding_tokens;
  const source = grounding === undefined ? "those of the published models" : rulesFile;
  // In capitals, as transformers asks for them; what published files say in small letters never applied.
  const unfollowed = Object.entries(found?.ocr ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return {
    phrases,
    findings: [
      `${phrases.length} phrases that grounding leaves out (${source})`,
      ...unfollowed.map(([key]) => `not followed: post_processor_config.ocr.${key} (${rulesFile})`),
    ],
  };
}

const questionsFile = "preprocessor_config.json";
const table = z.record(z.string(), z.string()).optional();
const tables = z.object({ task_prompts_without_inputs: table, task_prompts_with_input: table });

/** The prompts by the names that the tables have for them, which are those of transformers. */
export const promptsByTask: Readonly<Record<string, DescriptionPrompt>> = {
  "<CAPTION>": "caption",
  "<DETAILED_CAPTION>": "detailed_caption",
  "<MORE_DETAILED_CAPTION>": "more_detailed_caption",
  "<OCR>": "ocr",
  "<OCR_WITH_REGION>": "ocr_with_region",
  "<OD>": "object_detection",
  "<DENSE_REGION_CAPTION>": "dense_region_caption",
  "<REGION_PROPOSAL>": "region_proposal",
  "<CAPTION_TO_PHRASE_GROUNDING>": "phrase_grounding",
  "<REFERRING_EXPRESSION_SEGMENTATION>": "referring_segmentation",
  "<REGION_TO_SEGMENTATION>": "region_segmentation",
  "<OPEN_VOCABULARY_DETECTION>": "open_vocabulary_detection",
  "<REGION_TO_CATEGORY>": "region_category",
  "<REGION_TO_DESCRIPTION>": "region_description",
  "<REGION_TO_OCR>": "region_ocr",
};

async function readQuestions(folder: CheckpointFolder): Promise<Pick<AdoptedProcessor, "sentences" | "findings">> {
  const found = (await folder.has(questionsFile)) ? await folder.json(questionsFile, tables) : {};
  const asked = Object.entries({ ...found.task_prompts_without_inputs, ...found.task_prompts_with_input });
  const sentences: Partial<Record<DescriptionPrompt, string>> = {};
  const unknown: string[] = [];
  for (const [task, sentence] of asked) {
    const prompt = promptsByTask[task];
    const form = sentence.replace("{input}", () => "{}");
    if (prompt === undefined) unknown.push(task);
    else if (form !== publishedSentences[prompt]) sentences[prompt] = form;
  }
  const changed = Object.keys(sentences);
  return {
    sentences,
    findings: [
      ...(changed.length === 0 ? [] : [`asks in its own words: ${changed.join(", ")} (${questionsFile})`]),
      ...(unknown.length === 0 ? [] : [`not asked by any prompt: ${unknown.join(", ")} (${questionsFile})`]),
    ],
  };
}
