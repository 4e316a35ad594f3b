import { type GetOptions, ModelError, type Priority } from "@menagerie/core";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Milliseconds of a deadline: a plain decimal number above 0, without sign, exponent or other bases, up to 2^53.
 * @throws `input_invalid`
 */
export function deadlineOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const value = typeof header === "string" && /^\d+(\.\d+)?$/.test(header) ? Number(header) : Number.NaN;
  if (value > 0 && value <= 2 ** 53) return value;
  throw new ModelError(
    "input_invalid",
    `X-Deadline-Ms must be a number of milliseconds above 0 and up to 2^53, in plain digits, not "${String(header)}".`,
    { details: { header: "x-deadline-ms", value: header } },
  );
}

/** Milliseconds of a keep-alive that is given in seconds: 0 for none, -1 for as long as there is room. @throws `input_invalid` */
export function keepAliveOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (header === "-1") return Number.POSITIVE_INFINITY;
  if (typeof header === "string" && /^\d{1,12}(\.\d+)?$/.test(header)) return Number(header) * 1000;
  throw new ModelError(
    "input_invalid",
    `X-Keep-Alive-S must be a number of seconds in plain digits, or -1 for as long as there is room, not "${String(header)}".`,
    { details: { header: "x-keep-alive-s", value: header } },
  );
}

const priorities: readonly Priority[] = ["critical", "high", "medium", "low"];

/** How long a request is waited for, and how urgent it is, as its headers and its connection say. @throws `input_invalid` */
export function askingOptions(request: FastifyRequest, reply: FastifyReply): GetOptions {
  const gone = new AbortController();
  // The connection closes before the answer is written: nobody waits for it any more.
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new ModelError("cancelled", "The client left before the answer."));
  });
  const deadlineMs = deadlineOf(request.headers["x-deadline-ms"]);
  const priority = request.headers["x-priority"];
  if (priority !== undefined && !priorities.includes(priority as Priority))
    throw new ModelError("input_invalid", `X-Priority must be one of ${priorities.join(", ")}.`);
  const keepAliveMs = keepAliveOf(request.headers["x-keep-alive-s"]);
  return {
    signal: gone.signal,
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(priority === undefined ? {} : { priority: priority as Priority }),
  };
}
