import type { FuzzTarget } from "./fuzz-target.ts";
import { audioSignalsTarget } from "./targets/audio-signals.ts";
import { decodeAudioTarget } from "./targets/decode-audio.ts";
import { decodeImageTarget } from "./targets/decode-image.ts";
import { detectionsTarget } from "./targets/detections.ts";
import { imageTensorTarget } from "./targets/image-tensor.ts";
import { masksTarget } from "./targets/masks.ts";
import { pictureSizesTarget } from "./targets/picture-sizes.ts";
import { plantedTarget } from "./targets/planted.ts";
import { textSettingsTarget } from "./targets/text-settings.ts";
import { tokenizerFilesTarget } from "./targets/tokenizer-files.ts";
import { tokenizersTarget } from "./targets/tokenizers.ts";

export const fuzzTargets: readonly FuzzTarget[] = [
  decodeImageTarget,
  imageTensorTarget,
  pictureSizesTarget,
  detectionsTarget,
  masksTarget,
  decodeAudioTarget,
  audioSignalsTarget,
  tokenizersTarget,
  tokenizerFilesTarget,
  textSettingsTarget,
];

/** @throws Error naming the targets there are */
export function fuzzTargetNamed(name: string): FuzzTarget {
  const target = [...fuzzTargets, plantedTarget].find((candidate) => candidate.name === name);
  if (target !== undefined) return target;
  throw new Error(`There is no target "${name}". There are: ${fuzzTargets.map((known) => known.name).join(", ")}.`);
}
