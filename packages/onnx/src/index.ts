export { type AdoptedGraph, adoptedGraph } from "./adopted-graph.ts";
export { checkTextEmbeddings, checkVisionEmbeddings, embeddingRows } from "./check-embeddings.ts";
export { checkTensors, type ExpectedTensors } from "./check-tensors.ts";
export { itemsAtATime } from "./items-at-a-time.ts";
export { type CheckpointFamily, type LoadCheckpointOptions, loadCheckpoint } from "./load-checkpoint.ts";
export { type OnnxHeader, readOnnxHeader } from "./onnx-header.ts";
export { onnxProvider, onnxProvider as default } from "./onnx-provider.ts";
export { soleGraph } from "./sole-graph.ts";
export { readTrainedScale, type TrainedScale } from "./trained-scale.ts";
