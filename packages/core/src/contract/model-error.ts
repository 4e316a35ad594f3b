import { ownErrnoWords } from "./errno.ts";

/**
 * Every code that Menagerie raises, with the one sentence that says what it means. `docs/errors.md` holds the
 * same list with a cause and a remedy each; a test keeps the two equal. Codes are never renamed or reused.
 */
export const errorCodes = {
  artifact_outside_root: "An artifact's path leaves the folder of models",
  audio_too_large: "A recording has more bytes, seconds, channels or samples than the limit allows",
  audio_undecodable: "The bytes given as audio are not a recording that can be decoded",
  cancelled: "The caller withdrew the request before it was answered",
  checkpoint_invalid: "A checkpoint folder does not fit the family of models it is said to belong to",
  contract_mismatch: "A plugin was built for another version of the contract",
  deadline_exceeded: "The answer was not ready before the caller's deadline",
  dependency_missing: "A package that the model needs at run time is not installed",
  graph_mismatch: "A graph's inputs or outputs are not those that the spec declares",
  image_too_large: "A picture has more bytes or pixels than the limit allows",
  image_undecodable: "The bytes given as an image are not a picture that can be decoded",
  input_invalid: "The input does not have the shape that the task asks for",
  input_kills_runner: "This very input ended two runners, alone, and is refused for a while",
  input_too_large: "A request has more bytes than the server takes",
  insufficient_gpu_memory: "The model does not fit in the memory budget of its accelerator",
  insufficient_memory:
    "The model does not fit in the budget of main memory, or met the cap on it while it loaded or ran",
  internal: "A fault of Menagerie's own",
  licence_not_accepted: "Nobody has agreed to a licence that forbids something or is not stated",
  model_duplicate: "Two models carry one name",
  model_load_failed: "The model's loader or its engine failed while loading",
  model_not_found: "No model of that name or role is in the catalogue",
  model_not_loaded: "A task was asked of a loader before load or after unload",
  model_output_invalid: "A graph answered with values that are no numbers",
  model_spec_invalid: "A ModelSpec does not follow the schema",
  network_forbidden: "Code in a runner tried to reach the network, or a pull was asked for where it is switched off",
  outside_lock: "The zoo is frozen, and the model, a file of it or a package that runs it is not what its lock says",
  path_unknown: "The server has no such path",
  plugin_invalid: "A plugin's manifest or module cannot be read",
  queue_full: "Too many requests wait already",
  redirect_refused: "A source of weights redirects to where it must not",
  role_ambiguous: "Several models have that role, and it is bound to none of them",
  runner_crashed: "The model's runner ended while it worked on the request, and so did its replacement",
  self_test_failed: "The model loaded but its golden self-test gave another answer than it must",
  signature_invalid: "A signature does not hold, or nobody who is trusted made it",
  source_busy: "A source of weights takes no more requests for now",
  source_changed: "A source of weights contradicts itself: its file is not the one that it was",
  source_forbidden: "A source of weights does not give this to this user",
  source_not_found: "A source of weights does not have what was asked for",
  source_unreachable: "A source of weights does not answer, or fails",
  source_unsupported: "Nothing here fetches from addresses of that kind",
  system_error: "The operating system refused something: no permission, no space, too many open files",
  task_unknown: "No task of that name is in the vocabulary",
  task_unsupported: "The model exists but does not answer that task",
  triton_unavailable: "The remote inference server does not answer",
  unauthorised: "The request does not carry the server's token",
  unsupported_device: "The device policy asks for a device that this machine or engine does not have",
  unsupported_engine: "No provider supports the spec's engine",
  unsupported_runtime: "No part of this zoo supports the spec's runtime",
  weights_digest_mismatch: "An artifact's bytes are not the ones that were pinned",
  weights_empty: "An artifact has no bytes",
  weights_missing: "An artifact is not where the spec says",
  weights_unpinned: "An artifact has no pinned digest, so it is not opened",
  weights_unreadable: "An artifact exists but cannot be read",
  zoo_closed: "The zoo is shutting down or has been shut down",
  zoo_spec_invalid: "A zoo spec does not follow the schema",
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ModelErrorOptions {
  /** Name of the model that the error is about, where there is one. */
  readonly model?: string;
  /** Facts for machines: numbers with their units in the key, paths, names. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

// `instanceof` fails across two installed copies of this package; a registered symbol does not.
const marker: unique symbol = Symbol.for("menagerie.model-error") as never;

/** The one error class: a code from a closed list, and a message with the numbers and the remedy. */
export class ModelError extends Error {
  readonly code: ErrorCode;
  readonly model: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ModelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ModelError";
    this.code = code;
    this.model = options.model;
    this.details = options.details ?? {};
    Object.defineProperty(this, marker, { value: true });
  }

  /** The form that crosses a process or network boundary. Of the details, what JSON cannot say is told as text. */
  toJSON(): SerialisedModelError {
    const details = sayable(this.details);
    return {
      code: this.code,
      message: this.message,
      ...(this.model === undefined ? {} : { model: this.model }),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    };
  }
}

export interface SerialisedModelError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly model?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** One error that cannot be sent would take all that is told beside it along: whole lists of models, and their health. */
function sayable(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (isSayable(details)) return details;
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, isSayable(value) ? value : textOf(value)]),
  );
}

function isSayable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** True for a ModelError of this or of another installed copy of the contract. */
export function isModelError(value: unknown): value is ModelError {
  try {
    return typeof value === "object" && value !== null && marker in value;
  } catch {
    // A proxy may refuse to say what it has.
    return false;
  }
}

/** The words of whatever was thrown: a message, else the value as text; one that cannot be read is told as that. */
export function textOf(thrown: unknown): string {
  try {
    const text: unknown = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
    return typeof text === "string" ? text : String(text);
  } catch {
    return "something was thrown that cannot be read";
  }
}

/**
 * The ModelError that `value` is, or one around it; nothing thrown is ever lost. What the operating system refused is
 * `system_error` in words, unless another path would have worked and the caller gives a code for that.
 */
export function toModelError(value: unknown, code: ErrorCode = "internal", model?: string): ModelError {
  if (isModelError(value)) return value;
  const message = textOf(value);
  const options = { cause: value, ...(model === undefined ? {} : { model }) };
  const words = value instanceof Error ? ownErrnoWords(value) : undefined;
  if (words === undefined || (words.isAboutPath && code !== "internal")) return new ModelError(code, message, options);
  const { syscall, path } = value as { syscall?: unknown; path?: unknown };
  const asked = [syscall, path].filter((part) => typeof part === "string").join(" ");
  return new ModelError(
    "system_error",
    `The operating system refused${asked === "" ? "" : ` ${asked}`}: ${words.says} (${words.errno}). ${words.remedy}`.trimEnd(),
    { ...options, details: { errno: words.errno } },
  );
}

/** The error with the model that it is about, where it names none. */
export function aboutModel(error: ModelError, model: string): ModelError {
  if (error.model !== undefined) return error;
  const { code, message, details } = error;
  return new ModelError(code, message, { model, details, cause: error.cause ?? error });
}

/** The same error with more facts for machines. */
export function withDetails(error: ModelError, details: Readonly<Record<string, unknown>>): ModelError {
  const { code, message, model } = error;
  const about = model === undefined ? {} : { model };
  return new ModelError(code, message, {
    ...about,
    details: { ...details, ...error.details },
    cause: error.cause ?? error,
  });
}

export function fromSerialisedModelError(error: SerialisedModelError): ModelError {
  return new ModelError(error.code, error.message, {
    ...(error.model === undefined ? {} : { model: error.model }),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}
