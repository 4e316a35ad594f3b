import { fstatSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { type Log, logTo } from "../log.ts";
import { ModelError, textOf, toModelError } from "../model-error.ts";
import { forbiddenNetworkIn } from "./forbidden-network.ts";
import { FrameReader, hostFrameLimits } from "./frame-stream.ts";
import { PartOutbox } from "./part-outbox.ts";
import {
  type Call,
  type HostFrame,
  partsAhead,
  type RunnerFrame,
  readHostFrame,
  requireCall,
  runnerDescriptors,
  runnerFrame,
} from "./protocol.ts";
import { SharedPages } from "./shared-pages.ts";

/** What a call may use while it is answered. */
export interface CallTools {
  readonly signal: AbortSignal;
  /** Sends a part of the answer; resolves when the next should be made. */
  part(part: unknown): Promise<void>;
  stage(stage: Extract<RunnerFrame, { type: "stage" }>["stage"]): void;
}

/** Bytes that are read at once. */
const readBytes = 64 * 1024;

interface Answering {
  readonly controller: AbortController;
  readonly outbox: PartOutbox;
}

/** The runner's end of the channel: takes calls, many at a time, and sends what comes of them. */
export class HostLink {
  readonly log: Log;
  readonly #socket: Socket;
  readonly #reader = new FrameReader(hostFrameLimits);
  readonly #answering = new Map<number, Answering>();
  readonly #fromHost = openDescriptor(runnerDescriptors.fromHost);
  readonly #pages = new SharedPages(openDescriptor(runnerDescriptors.toHost));
  readonly #answer: (call: Call, tools: CallTools) => Promise<unknown>;

  /** @param answer does what a call asks. @param end what to do when the host is gone or cannot be understood */
  constructor(answer: (call: Call, tools: CallTools) => Promise<unknown>, end: (reason: string | undefined) => void) {
    this.#answer = answer;
    this.log = logTo((level, message, fields) => this.#send({ type: "log", level, ...logEntry(message, fields) }));
    const hear = (length: number, buffer: Uint8Array): boolean => {
      try {
        // The buffer is used again for what comes next.
        const piece = Buffer.from(buffer.subarray(0, length));
        this.#reader.push(piece, (frame) => this.#receive(readHostFrame(frame, this.#fromHost)));
      } catch (error) {
        end(`The host cannot be understood: ${String(error)}`);
      }
      return true;
    };
    this.#socket = new Socket({
      fd: runnerDescriptors.channel,
      readable: true,
      writable: true,
      // Without the streams' own buffering: 5 of 20 µs that a call costs here.
      onread: { buffer: Buffer.allocUnsafeSlow(readBytes), callback: hear },
    });
    this.#socket.resume();
    for (const event of ["end", "close", "error"]) this.#socket.on(event, () => end(undefined));
    this.#send({ type: "up" });
  }

  /** Resolves when everything that was sent has gone out. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(resolve));
  }

  #receive(frame: HostFrame): void {
    switch (frame.type) {
      case "call":
        void this.#take(frame.id, requireCall(frame.message));
        return;
      case "cancel": {
        const answering = this.#answering.get(frame.id);
        answering?.outbox.close();
        answering?.controller.abort(new ModelError("cancelled", "The caller withdrew the request."));
        return;
      }
      case "credit":
        this.#answering.get(frame.id)?.outbox.credit();
        return;
      case "read":
        this.#pages.free(frame.pages);
        return;
    }
  }

  async #take(id: number, call: Call): Promise<void> {
    const controller = new AbortController();
    const outbox = new PartOutbox((part) => this.#send({ type: "part", id, message: part }), partsAhead);
    this.#answering.set(id, { controller, outbox });
    try {
      const result = await this.#answer(call, {
        signal: controller.signal,
        part: (part) => outbox.push(part),
        stage: (stage) => this.#send({ type: "stage", id, stage }),
      });
      await outbox.empty();
      this.#send({ type: "done", id, message: result });
    } catch (thrown) {
      const error = toModelError(forbiddenNetworkIn(thrown) ?? thrown);
      const { message, ...rest } = plain(error) as ReturnType<ModelError["toJSON"]>;
      this.#send({ type: "failed", id, error: { ...rest, message: shortened(message) }, stack: stackOf(error) });
    } finally {
      outbox.close();
      this.#answering.delete(id);
    }
  }

  #send(frame: RunnerFrame): void {
    if (!this.#socket.writable) return;
    for (const bytes of runnerFrame(frame, this.#pages).pieces) {
      // Straight into the channel while there is room, so that a frame is out before native code blocks this thread, or ends it.
      const sent = this.#socket.writableLength === 0 ? writeNow(bytes) : 0;
      if (sent < bytes.length) this.#socket.write(bytes.subarray(sent));
    }
  }
}

/** @returns bytes that were taken; those that have no room now are left to the socket */
function writeNow(bytes: Uint8Array): number {
  try {
    return writeSync(runnerDescriptors.channel, bytes);
  } catch {
    // Full, or broken: the socket tells which.
    return 0;
  }
}

/** Undefined where the host has no shared file to give. */
function openDescriptor(descriptor: number): number | undefined {
  try {
    return fstatSync(descriptor).isFile() ? descriptor : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes of a text that crosses: an error or a log entry is to be read. */
const longestText = 10_000;

/** What a plugin logs may be anything, in any order: it is made an entry that can cross. */
function logEntry(message: unknown, fields: unknown): { message: string; fields: Record<string, unknown> } {
  const given = plain(typeof fields === "string" || typeof message === "string" ? fields : message);
  const text = typeof message === "string" ? message : typeof fields === "string" ? fields : textOf(message);
  const isRecord = typeof given === "object" && given !== null && !Array.isArray(given);
  const rest = isRecord ? (given as Record<string, unknown>) : given === undefined ? {} : { value: given };
  return { message: shortened(text), fields: rest };
}

function shortened(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)} … (${text.length} characters)`;
}

/** An error's details or a log's fields may hold anything; what cannot be cloned must not lose the rest. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(
      JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? Number(item) : item)),
    ) as unknown;
  } catch (error) {
    if (value instanceof ModelError) return new ModelError(value.code, value.message).toJSON();
    return { unprintable: String(error) };
  }
}

function stackOf(error: ModelError): string | undefined {
  try {
    const stack: unknown = error.cause instanceof Error ? error.cause.stack : error.stack;
    return typeof stack === "string" ? shortened(stack) : undefined;
  } catch {
    return undefined;
  }
}
