export { type FileChange, refusalOfChanged } from "./changed-checkpoint.ts";
export { contextOf } from "./context-of.ts";
export { mixedInteger } from "./integer-stream.ts";
export {
  type OnnxBody,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
  writeOnnx,
} from "./onnx-writer.ts";
export { type Act, answerTo, type Script, scripted } from "./runner-pool/scripted-acts.ts";
export { type LoadScript, ScriptedApplication, type ScriptedModel } from "./runner-pool/scripted-application.ts";
export { seededDetections } from "./seeded-detections.ts";
export { writeMlp, writeResNet18 } from "./synthetic-models.ts";
