export { EmbeddingGraph } from "./embedding-graph.ts";
export { type FoundCategory, findCategories, type LabelCategory } from "./label-categories.ts";
export { type LabelChoice, labelSentences, matchBothWays, rankLabels } from "./label-matches.ts";
export { ownScale } from "./own-scale.ts";
export { type PictureTextDescription, pictureTextDescription } from "./picture-text-description.ts";
export { type PictureTextEncoder, type PictureTextScores, pictureTextTasks } from "./picture-text-tasks.ts";
export { RememberedVectors } from "./remembered-vectors.ts";
export { dot, unitRows } from "./vectors.ts";
