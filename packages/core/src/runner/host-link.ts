import { fstatSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { type Log, logTo } from "../contract/log.ts";
import { ModelError, textOf } from "../contract/model-error.ts";
import { forbiddenNetworkIn } from "./forbidden-network.ts";
import { FrameReader } from "./frame-stream.ts";
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
import { readableEntry, readableError } from "./readable.ts";
import { SharedPages } from "./shared-pages.ts";

/** What a call may use while it is answered. */
export interface CallTools {
  readonly signal: AbortSignal;
  /** Sends a part of the answer; resolves when the next should be made. */
  part(part: unknown): Promise<void>;
  stage(stage: Extract<RunnerFrame, { type: "stage" }>["stage"]): void;
}

/** Bytes that wait to go out before entries of the log are left out: they have no taker to wait for, and no end. */
const mostBytesAhead = 4 * 2 ** 20;

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
  readonly #reader = new FrameReader();
  readonly #answering = new Map<number, Answering>();
  /** Entries of the log that were left out since the last that went. */
  #untold = 0;
  readonly #fromHost = openDescriptor(runnerDescriptors.fromHost);
  readonly #pages = new SharedPages(openDescriptor(runnerDescriptors.toHost));
  readonly #answer: (call: Call, tools: CallTools) => Promise<unknown>;

  /** @param answer does what a call asks. @param end what to do when the host is gone or cannot be understood */
  constructor(answer: (call: Call, tools: CallTools) => Promise<unknown>, end: (reason: string | undefined) => void) {
    this.#answer = answer;
    this.log = logTo((level, message, fields) => this.#tell({ type: "log", level, ...readableEntry(message, fields) }));
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
    this.#socket.on("drain", () => this.#tellOfUntold());
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
    const outbox = new PartOutbox((part) => this.#sendAnswer({ type: "part", id, message: part }), partsAhead);
    this.#answering.set(id, { controller, outbox });
    try {
      const result = await this.#answer(call, {
        signal: controller.signal,
        part: (part) => outbox.push(part),
        stage: (stage) => this.#send({ type: "stage", id, stage }),
      });
      await outbox.empty();
      this.#sendAnswer({ type: "done", id, message: result });
    } catch (thrown) {
      this.#sendFailure(id, readableError(forbiddenNetworkIn(thrown) ?? thrown));
    } finally {
      outbox.close();
      this.#answering.delete(id);
    }
  }

  /** Nothing keeps the code from being told. */
  #sendFailure(id: number, { error, stack }: ReturnType<typeof readableError>): void {
    try {
      this.#send({ type: "failed", id, error, stack });
    } catch {
      this.#send({ type: "failed", id, error: { code: error.code, message: error.message.slice(0, 1000) } });
    }
  }

  /** @throws `internal` where what a loader gave cannot go to another process */
  #sendAnswer(frame: Extract<RunnerFrame, { type: "done" | "part" }>): void {
    try {
      this.#send(frame);
    } catch (error) {
      throw new ModelError("internal", `What the loader gave cannot be sent to its caller: ${textOf(error)}.`, {
        cause: error,
      });
    }
  }

  #tell(entry: Extract<RunnerFrame, { type: "log" }>): void {
    if (this.#socket.writableLength > mostBytesAhead) {
      this.#untold += 1;
      return;
    }
    this.#tellOfUntold();
    this.#send(entry);
  }

  #tellOfUntold(): void {
    if (this.#untold === 0) return;
    const fields = { entries: this.#untold };
    this.#untold = 0;
    this.#send({
      type: "log",
      level: "warn",
      ...readableEntry("logged more than could be sent; entries are left out", fields),
    });
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
