export { type AdoptedGraph, adoptedGraph } from "./adopted-graph.ts";
export { type OnnxHeader, readOnnxHeader } from "./onnx-header.ts";
export { onnxProvider, onnxProvider as default } from "./onnx-provider.ts";
