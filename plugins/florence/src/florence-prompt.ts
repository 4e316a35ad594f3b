import { type BoxEdges, type DescribeImageInput, type DescriptionPrompt, ModelError } from "@menagerie/core";
import { pythonStrip } from "./python-text.ts";

/** What the text that answers a prompt is made of. */
export type AnswerKind = "text" | "quads" | "objects" | "boxes" | "grounding" | "polygons" | "objects_or_polygons";

interface PromptForm {
  /** What the model was trained to be asked; `{}` stands for the input. */
  readonly sentence: string;
  readonly kind: AnswerKind;
  readonly needs?: "text" | "box";
}

/** The sentences that stand for the task tokens of `Florence2Processor`, and what answers them. */
const forms: Readonly<Record<DescriptionPrompt, PromptForm>> = {
  caption: { sentence: "What does the image describe?", kind: "text" },
  detailed_caption: { sentence: "Describe in detail what is shown in the image.", kind: "text" },
  more_detailed_caption: { sentence: "Describe with a paragraph what is shown in the image.", kind: "text" },
  ocr: { sentence: "What is the text in the image?", kind: "text" },
  ocr_with_region: { sentence: "What is the text in the image, with regions?", kind: "quads" },
  object_detection: { sentence: "Locate the objects with category name in the image.", kind: "objects" },
  dense_region_caption: { sentence: "Locate the objects in the image, with their descriptions.", kind: "objects" },
  region_proposal: { sentence: "Locate the region proposals in the image.", kind: "boxes" },
  phrase_grounding: { sentence: "Locate the phrases in the caption: {}", kind: "grounding", needs: "text" },
  referring_segmentation: { sentence: "Locate {} in the image with mask", kind: "polygons", needs: "text" },
  region_segmentation: { sentence: "What is the polygon mask of region {}", kind: "polygons", needs: "box" },
  open_vocabulary_detection: { sentence: "Locate {} in the image.", kind: "objects_or_polygons", needs: "text" },
  region_category: { sentence: "What is the region {}?", kind: "text", needs: "box" },
  region_description: { sentence: "What does the region {} describe?", kind: "text", needs: "box" },
  region_ocr: { sentence: "What text is in the region {}?", kind: "text", needs: "box" },
};

/** What a published Florence-2 is asked; `{}` stands for the text or the box. */
export const publishedSentences: Readonly<Record<DescriptionPrompt, string>> = Object.fromEntries(
  Object.entries(forms).map(([prompt, { sentence }]) => [prompt, sentence]),
) as Record<DescriptionPrompt, string>;

/** Width and height in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export interface FlorencePrompt {
  readonly sentence: string;
  readonly kind: AnswerKind;
}

/**
 * The sentence that a question becomes.
 * @param size of the picture that `box` lies on
 * @param sentences where a model is asked otherwise than the published ones
 * @throws ModelError `input_invalid` where the prompt lacks its text or box, or is given one that it has no use for
 */
export function florencePrompt(
  { prompt = "caption", text, box }: Omit<DescribeImageInput, "image">,
  size: PictureSize,
  sentences: Partial<Record<DescriptionPrompt, string>> = {},
): FlorencePrompt {
  const { kind, needs } = forms[prompt];
  const sentence = sentences[prompt] ?? publishedSentences[prompt];
  for (const [name, value] of Object.entries({ text, box })) {
    if (value === undefined && needs === name) throw refusal(prompt, `needs "${name}"`);
    if (value !== undefined && needs !== name) throw refusal(prompt, `has no use for "${name}"`);
  }
  if (needs === undefined) return { sentence, kind };
  const input = box === undefined ? pythonStrip(text ?? "") : regionTokens(box, size);
  if (input === "") throw refusal(prompt, 'needs a "text" that is more than spaces');
  return { sentence: sentence.replace("{}", () => input), kind };
}

/** @throws ModelError `input_invalid` for a box that has no pixel of the picture: its edges would all be taken to the border */
export function checkBoxTouches(box: BoxEdges, { width, height }: PictureSize): void {
  const [left, top, right, bottom] = box;
  if (left < width && top < height && right > 0 && bottom > 0) return;
  throw new ModelError(
    "input_invalid",
    `The box ${box.join(", ")} lies outside the picture of ${width} x ${height} pixels. Give its edges as left, top, right, bottom in pixels of the picture as it is shown upright.`,
    { details: { box, width, height } },
  );
}

/** Bins along each side of a picture. */
export const locationBins = 1000;

/** A box as four location tokens: `<loc_x1><loc_y1><loc_x2><loc_y2>`, edges over the picture's border at the border. */
function regionTokens(box: BoxEdges, size: PictureSize): string {
  return quantisedBox(box, size)
    .map((bin) => `<loc_${bin}>`)
    .join("");
}

/** The bin that each edge lies in, 0 to 999. In float32, as the reference divides. */
export function quantisedBox(box: BoxEdges, { width, height }: PictureSize): number[] {
  return box.map((edge, i) => {
    const bin = Math.fround((i % 2 === 0 ? width : height) / locationBins);
    return Math.min(Math.max(Math.floor(Math.fround(Math.fround(edge) / bin)), 0), locationBins - 1);
  });
}

function refusal(prompt: DescriptionPrompt, problem: string): ModelError {
  return new ModelError("input_invalid", `The prompt ${prompt} ${problem}.`, { details: { prompt } });
}
