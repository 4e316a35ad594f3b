export { decodedText } from "../files/decoded-text.ts";
export { type AdoptedCheckpoint, type Adopter, adoptedRequirements, adoptedSpec } from "./adopt.ts";
export type { AdoptChoices } from "./adopt-choices.ts";
export { CheckpointFolder } from "./checkpoint-folder.ts";
export { notJson } from "./checkpoint-words.ts";
export { labelList } from "./label-list.ts";
export { shellCommand } from "./shell-word.ts";
export { statedLicence } from "./stated-licence.ts";
export { usualRole } from "./usual-role.ts";
