export * from "./model-error.ts";
