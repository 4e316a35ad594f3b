export { type TokenBatch, Tokenizer, type TokenizeOptions } from "./tokenizer.ts";
