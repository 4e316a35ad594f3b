import {
  type ErrorCode,
  isModelError,
  ModelError,
  type SerialisedModelError,
  systemError,
  toModelError,
} from "@menagerie/core";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

/** HTTP status of every code. 503 and 429 mean: the same request may succeed later. */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  artifact_outside_root: 500,
  audio_too_large: 413,
  audio_undecodable: 400,
  cancelled: 499,
  checkpoint_invalid: 400,
  contract_mismatch: 500,
  deadline_exceeded: 504,
  dependency_missing: 500,
  graph_mismatch: 500,
  image_too_large: 413,
  image_undecodable: 400,
  input_invalid: 400,
  input_kills_runner: 400,
  input_too_large: 413,
  insufficient_gpu_memory: 503,
  insufficient_memory: 503,
  internal: 500,
  licence_not_accepted: 403,
  model_duplicate: 500,
  model_load_failed: 503,
  model_not_found: 404,
  model_not_loaded: 503,
  model_output_invalid: 500,
  model_spec_invalid: 500,
  network_forbidden: 500,
  outside_lock: 503,
  path_unknown: 404,
  plugin_invalid: 500,
  queue_full: 429,
  redirect_refused: 502,
  role_ambiguous: 409,
  runner_crashed: 503,
  self_test_failed: 503,
  signature_invalid: 500,
  source_busy: 503,
  source_changed: 502,
  source_forbidden: 403,
  source_not_found: 404,
  source_unreachable: 502,
  source_unsupported: 500,
  system_error: 503,
  task_unknown: 404,
  task_unsupported: 400,
  triton_unavailable: 503,
  unauthorised: 401,
  unsupported_device: 503,
  unsupported_engine: 500,
  unsupported_runtime: 500,
  weights_digest_mismatch: 503,
  weights_empty: 503,
  weights_missing: 503,
  weights_unpinned: 503,
  weights_unreadable: 503,
  zoo_closed: 503,
  zoo_spec_invalid: 500,
};

/** Parts that a form may have: fields and files. */
export const maxParts = 1000;

/** Seconds after which a client may try again. */
const retryAfter: Partial<Record<number, string>> = { 429: "1", 503: "5" };

export interface ErrorBody {
  readonly error: SerialisedModelError;
}

/** Answers with the error's code, message and numbers; never with a stack trace. */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = isModelError(thrown) ? thrown : httpError(thrown, request);
  const status = statusOf[error.code];
  const after = retryAfter[status];
  if (after !== undefined) void reply.header("retry-after", after);
  if (status === 401) void reply.header("www-authenticate", 'Bearer realm="menagerie"');
  return reply.status(status).send({ error: error.toJSON() } satisfies ErrorBody);
}

/** For a request of more bytes than the server takes, whether as one or in many parts. */
export function tooLarge(request: FastifyRequest): ModelError {
  const { bodyLimit } = request.server.initialConfig;
  return new ModelError(
    "input_too_large",
    `The request to ${request.url} is larger than this server takes (${bodyLimit} bytes). Send less, or raise --max-body-mb.`,
    { details: { limit_bytes: bodyLimit } },
  );
}

/** What the HTTP layer itself refused, under one of our codes. */
function httpError(thrown: unknown, request: FastifyRequest): ModelError {
  const { code, statusCode, message } = thrown as Partial<FastifyError>;
  if (code === "FST_PARTS_LIMIT")
    return new ModelError("input_too_large", `The form has more than ${maxParts} parts. Send fewer in one question.`, {
      details: { max_parts: maxParts },
    });
  if (statusCode === 413 || code === "FST_REQ_FILE_TOO_LARGE") return tooLarge(request);
  if (statusCode === 415) {
    return new ModelError(
      "input_invalid",
      `This server reads application/json and multipart/form-data, not ${request.headers["content-type"] ?? "a body without a content type"}.`,
    );
  }
  if (statusCode !== undefined && statusCode < 500)
    return new ModelError("input_invalid", `The request cannot be read: ${message ?? "it is malformed"}`, {
      cause: thrown,
    });
  request.log.error(thrown);
  // Without the path that was refused: it tells of our insides.
  if (toModelError(thrown).code === "system_error") return systemError("The server cannot answer", thrown);
  // A fault of ours: its words may tell of our insides, so they go to the log and not to the client.
  return toModelError(new Error("The server met a fault of its own; its log says more.", { cause: thrown }));
}
