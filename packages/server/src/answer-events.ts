import { toModelError } from "@menagerie/core";
import type { Answer } from "@menagerie/core/host";
import type { FastifyReply } from "fastify";
import type { ErrorBody } from "./error-response.ts";

/**
 * An answer as server-sent events: `part` for each thing that is known before the whole, then `answer` with the whole and
 * its proof, or `error`, then the line that ends such streams everywhere, `[DONE]`. The response begins with the first
 * event, so what is refused before it has its HTTP status.
 */
export class AnswerEvents {
  readonly #reply: FastifyReply;
  #hasBegun = false;

  private constructor(reply: FastifyReply) {
    this.#reply = reply;
  }

  /** Undefined for a client that did not ask for events (`Accept: text/event-stream`). */
  static of(reply: FastifyReply): AnswerEvents | undefined {
    return (reply as Partial<FastifyReply>).sse === undefined ? undefined : new AnswerEvents(reply);
  }

  part(part: unknown): void {
    this.#send("part", part);
  }

  answer(answer: Answer): void {
    this.#send("answer", answer);
    this.#done();
  }

  /** @throws the error itself where nothing was sent yet */
  fail(thrown: unknown): void {
    if (!this.#hasBegun) throw thrown;
    this.#send("error", { error: toModelError(thrown).toJSON() } satisfies ErrorBody);
    this.#done();
  }

  #send(event: string, data: unknown): void {
    this.#hasBegun = true;
    // What a client that left cannot be sent any more is nobody's loss: its request is withdrawn elsewhere.
    if (this.#reply.sse.isConnected) void this.#reply.sse.send({ event, data }).catch(() => {});
  }

  #done(): void {
    if (this.#reply.sse.isConnected) void this.#reply.sse.send("[DONE]").catch(() => {});
  }
}
