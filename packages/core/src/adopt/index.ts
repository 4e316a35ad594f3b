export { type AdoptChoices, type AdoptedCheckpoint, type Adopter, adoptedRequirements, adoptedSpec } from "./adopt.ts";
export { CheckpointFolder } from "./checkpoint-folder.ts";
export { notJson } from "./checkpoint-words.ts";
export { shellCommand, shellWord } from "./shell-word.ts";
