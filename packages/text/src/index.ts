export { type TokenBatch, type TokenizeOptions, Tokenizer } from "./tokenizer.ts";
