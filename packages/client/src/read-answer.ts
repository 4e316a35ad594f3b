import { type Answer, abortable, ModelError, type PartStream } from "@menagerie/core";
import { isRecord, noZoo } from "./checked-body.ts";
import type { ServerEvent } from "./server-events.ts";
import { errorIn } from "./zoo-door.ts";

export interface AnswerWanted {
  readonly model: string;
  /** Address of the zoo, for messages. */
  readonly address: string;
  /** Turns what came into the task's own shape. @throws `internal` for what has not that shape */
  read(what: "output" | "part", value: unknown): Promise<unknown>;
  /** Takes the parts; undefined where nobody does. */
  readonly parts: PartStream | undefined;
  readonly signal: AbortSignal;
}

/**
 * The answer among its events. Parts are read no faster than they are taken.
 * @returns undefined where the events end before the answer
 * @throws what the zoo refuses; `internal` for an answer of another shape than the task's; `runner_crashed` where the answer begins anew and who took its parts cannot be told
 */
export async function readAnswer(
  events: AsyncIterable<ServerEvent>,
  { model, address, read, parts, signal }: AnswerWanted,
): Promise<Answer | undefined> {
  for await (const { event, data } of events) {
    if (data === "[DONE]") return undefined;
    const body = parsed(data, address);
    if (event === "part") {
      const room = parts?.push(await read("part", body));
      if (room !== undefined) await abortable(room, signal);
    } else if (event === "restart") {
      if (parts?.restart() === false) throw voidParts(model);
    } else if (event === "answer") {
      if (!isRecord(body) || !("output" in body)) throw noZoo(address, "with an answer that holds no output");
      return { ...(body as unknown as Answer), output: await read("output", body.output) };
    } else if (event === "error") {
      throw errorIn(body, address) ?? new ModelError("internal", `${address} told of an error in words unknown here.`);
    }
  }
  return undefined;
}

function parsed(data: string, address: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch (cause) {
    throw new ModelError("internal", `${address} sent an event that is no JSON.`, { details: { url: address }, cause });
  }
}

function voidParts(model: string): ModelError {
  return new ModelError(
    "runner_crashed",
    `${model}'s runner ended after a part of the answer was given. Ask again, or ask with onRestart, which tells that the parts before are void.`,
    { model },
  );
}
