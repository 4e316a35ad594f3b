import type { ModelError } from "@menagerie/core";

/** Makes the error for a key of a file that does not fit. */
export type Refusal = (file: string, key: string, problem: string) => ModelError;
