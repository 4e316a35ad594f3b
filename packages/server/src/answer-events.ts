import { setTimeout as wait } from "node:timers/promises";
import { type Answer, answerJson, ModelError, toModelError } from "@menagerie/core";
import type { FastifyReply } from "fastify";
import type { ErrorBody } from "./error-response.ts";

/** Milliseconds that a client may leave an event untaken: the model works no faster than its events are taken. */
const takenWithinMs = 30_000;

/**
 * An answer as server-sent events: `part` for each thing that is known before the whole, `restart` where the
 * runner ended and the parts before are void, then `answer` with the whole and its proof, or `error`, then the line that ends such streams everywhere, `[DONE]`. The response begins with the first
 * event, so what is refused before it has its HTTP status.
 */
export class AnswerEvents {
  readonly #reply: FastifyReply;
  #hasBegun = false;
  #hasParts = false;

  private constructor(reply: FastifyReply) {
    this.#reply = reply;
  }

  /**
   * Undefined for a client that did not ask for events (`Accept: text/event-stream`). One that says `X-Answer-Begins: at-once` has
   * the response begun now, and every error as an event: nobody between takes a long silence for the end.
   */
  static of(reply: FastifyReply): AnswerEvents | undefined {
    if ((reply as Partial<FastifyReply>).sse === undefined) return undefined;
    const events = new AnswerEvents(reply);
    if (reply.request.headers["x-answer-begins"] === "at-once") {
      reply.sse.sendHeaders();
      events.#hasBegun = true;
    }
    return events;
  }

  /**
   * Resolves when there is room for the next.
   * @throws `cancelled` where the client takes nothing for too long, `model_output_invalid` for what JSON cannot say
   */
  async part(part: unknown): Promise<void> {
    const json = answerJson(part);
    this.#hasParts = true;
    const taken = new AbortController();
    const late = wait(takenWithinMs, undefined, { ref: false, signal: taken.signal }).then(() => {
      throw new ModelError("cancelled", `The client took no events for ${takenWithinMs / 1000} s.`);
    });
    try {
      await Promise.race([this.#send("part", json), late]);
    } finally {
      late.catch(() => {});
      taken.abort();
    }
  }

  restart(): void {
    if (this.#hasParts) void this.#send("restart", "{}");
    this.#hasParts = false;
  }

  /** @throws `model_output_invalid` for what JSON cannot say */
  answer(answer: Answer): void {
    void this.#send("answer", answerJson(answer));
    this.#done();
  }

  /** @throws the error itself where nothing was sent yet */
  fail(thrown: unknown): void {
    if (!this.#hasBegun) throw thrown;
    void this.#send("error", errorJson(toModelError(thrown)));
    this.#done();
  }

  /** @param data JSON text */
  async #send(event: string, data: string): Promise<void> {
    this.#hasBegun = true;
    // What a client that left cannot be sent any more is nobody's loss: its request is withdrawn elsewhere.
    if (this.#reply.sse.isConnected) await this.#reply.sse.send({ event, data }).catch(() => {});
  }

  #done(): void {
    if (this.#reply.sse.isConnected) void this.#reply.sse.send("[DONE]").catch(() => {});
  }
}

/** The code and the words are told whatever the details hold. */
function errorJson(error: ModelError): string {
  const { code, message } = error;
  try {
    return answerJson({ error: error.toJSON() } satisfies ErrorBody);
  } catch {
    return answerJson({ error: { code, message } } satisfies ErrorBody);
  }
}
