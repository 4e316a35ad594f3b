import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Log } from "../../contract/log.ts";
import { fromSerialisedModelError, ModelError, textOf } from "../../contract/model-error.ts";
import { systemError } from "../../contract/system-error.ts";
import { FrameReader } from "../../runner/frame-stream.ts";
import {
  type Call,
  type HostFrame,
  hostFrame,
  pagesOf,
  partsAhead,
  type RunnerFrame,
  readRunnerFrame,
  runnerDescriptors,
} from "../../runner/protocol.ts";
import type { RunnerEnd } from "../../runner/runner.ts";
import { SharedPages } from "../../runner/shared-pages.ts";
import { deferred } from "../../time/abortable.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import { KernelKills } from "./kernel-kills.ts";
import { LastLines } from "./last-lines.ts";
import type { CallOptions, PendingCall } from "./pending-call.ts";
import type { RunnerLaunch } from "./recipe.ts";
import { causeOf, complaintOf } from "./runner-end.ts";
import { SharedFile } from "./shared-files.ts";

export interface RunnerProcessOptions {
  readonly launch: RunnerLaunch;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds from a process's exit until its streams are given up, as a grandchild may hold them open; or from its channel's end until its own. */
const streamsCloseWithinMs = 250;

/**
 * A child process that speaks the runner's protocol, from its start to its last breath. Whatever it says is held against
 * the protocol first: what does not fit ends it, and nobody else.
 */
export class RunnerProcess {
  readonly #child: ChildProcess;
  readonly #socket: Socket | undefined;
  readonly #log: Log;
  readonly #files = { fromHost: SharedFile.open(), toHost: SharedFile.open() };
  readonly #pages = new SharedPages(this.#files.fromHost?.descriptor);
  readonly #reader = new FrameReader();
  readonly #pending = new Map<number, PendingCall>();
  readonly #lastLines = new LastLines();
  readonly #up = deferred<void>();
  readonly ended: Promise<RunnerEnd>;
  #nextId = 0;
  /** Why it is ended, once the host ends it or expects its end. */
  #planned: Pick<RunnerEnd, "expected" | "reason" | "cause"> | undefined;
  #end: RunnerEnd | undefined;
  #startError: Error | undefined;
  /** Once it has said what no runner says, nothing more of it counts. */
  #isBelieved = true;

  constructor({ launch, clock, log }: RunnerProcessOptions) {
    this.#log = log;
    const { fromHost, toHost } = this.#files;
    try {
      this.#child = spawn(launch.file, launch.args, {
        env: launch.env,
        stdio: ["ignore", "pipe", "pipe", "pipe", fromHost?.descriptor ?? "ignore", toHost?.descriptor ?? "ignore"],
      });
    } catch (error) {
      this.#closeFiles();
      throw error;
    }
    const kills = new KernelKills();
    this.ended = new Promise((resolve) => {
      const end = (reason: string, cause: RunnerEnd["cause"]): void => resolve(this.#finish(reason, cause));
      this.#child.once("error", (error) => {
        this.#startError = error;
        end(`could not be started: ${error.message}`, "host");
      });
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (signal === null) end(`exited with code ${code}`, "itself");
        else if (signal === "SIGKILL" && this.#planned === undefined)
          void kills.describe().then((reason) => end(reason, "outside"));
        else end(`was ended by ${signal}`, causeOf(signal));
      };
      this.#child.once("close", onExit);
      this.#child.once("exit", (code, signal) =>
        alarm(clock, clock.now() + streamsCloseWithinMs, () => onExit(code, signal)),
      );
    });
    // Where no process could be made there are no streams either.
    const { stdout, stderr, stdio } = this.#child as Partial<ChildProcess>;
    this.#socket = (stdio?.[runnerDescriptors.channel] ?? undefined) as Socket | undefined;
    this.#socket?.on("data", (piece) => this.#hear(piece));
    // A channel that breaks ends the process too, and that end is what callers are told of.
    this.#socket?.on("error", () => {});
    // One that lives on without its channel can neither be asked nor answer.
    this.#socket?.once("close", () =>
      alarm(clock, clock.now() + streamsCloseWithinMs, () => this.fault("its channel was closed")),
    );
    for (const stream of [stdout, stderr]) stream?.on("data", (data: Buffer) => this.#note(data));
    // Whoever waits for a zoo holds the process; a runner by itself keeps nobody.
    for (const handle of [this.#child, this.#socket, stdout as Socket, stderr as Socket]) handle?.unref?.();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when the process listens, or has ended. @throws the system's error where it could not be started */
  get up(): Promise<void> {
    return this.#up.promise.then(() => {
      if (this.#startError !== undefined) throw systemError("A runner could not be started", this.#startError);
    });
  }

  /** Calls that have no answer yet. */
  get callsUnderWay(): number {
    return this.#pending.size;
  }

  /** Asks the runner; the answer is the call's result. @throws its ModelError, or `runner_crashed` if it ends first */
  call(call: Call, { signal, onPart, onStage }: CallOptions = {}): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#crashError(this.#end));
    const id = this.#nextId++;
    const onAbort = (): void => void this.#send({ type: "cancel", id });
    return new Promise((resolve, reject) => {
      const pages = this.#sendCall({ type: "call", id, message: call });
      this.#pending.set(id, {
        resolve,
        reject,
        onPart,
        onStage,
        partsUnderWay: 0,
        over: () => {
          if (pages !== undefined) this.#pages.free(pages);
          signal?.removeEventListener("abort", onAbort);
        },
      });
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Ends the process at once. @param reason why, as those who wait for answers are told */
  kill(reason: string): Promise<RunnerEnd> {
    this.#planned ??= { expected: true, reason, cause: "host" };
    this.#child.kill("SIGKILL");
    return this.ended;
  }

  /** Ends a process that does what no runner does. */
  fault(what: string): void {
    if (this.#end !== undefined) return;
    this.#isBelieved = false;
    this.#planned ??= { expected: false, reason: `was ended because ${what}`, cause: "itself" };
    this.#child.kill("SIGKILL");
  }

  /** Expects the process to end by itself, so that its end is no crash. */
  expectEnd(reason: string): void {
    this.#planned ??= { expected: true, reason, cause: "host" };
  }

  #hear(piece: Buffer): void {
    if (!this.#isBelieved) return;
    try {
      this.#reader.push(piece, (frame) => {
        if (!this.#isBelieved) return;
        const said = readRunnerFrame(frame, this.#files.toHost?.descriptor);
        const pages = pagesOf(frame);
        if (pages !== undefined) this.#send({ type: "read", pages });
        this.#receive(said);
      });
    } catch (error) {
      this.fault(`it sent what cannot be read: ${complaintOf(error)}`);
    }
  }

  #receive(frame: RunnerFrame): void {
    switch (frame.type) {
      case "up":
        this.#up.resolve();
        return;
      case "log":
        this.#log[frame.level](frame.message, { ...frame.fields, pid: this.pid });
        return;
      case "stage":
        this.#require(frame.id)?.onStage?.(frame.stage);
        return;
      case "part": {
        const pending = this.#require(frame.id);
        if (pending === undefined) return;
        pending.partsUnderWay += 1;
        if (pending.partsUnderWay > partsAhead) {
          this.fault("it sent parts for which it had no credit");
          return;
        }
        const taken = (async () => pending.onPart?.(frame.message))();
        void taken
          .catch(() => {})
          .then(() => {
            pending.partsUnderWay -= 1;
            if (this.#pending.has(frame.id)) this.#send({ type: "credit", id: frame.id });
          });
        return;
      }
      case "done":
        this.#take(frame.id)?.resolve(frame.message);
        return;
      case "failed":
        if (frame.stack !== undefined)
          this.#log.debug("a runner's call failed", { pid: this.pid, code: frame.error.code, stack: frame.stack });
        this.#take(frame.id)?.reject(fromSerialisedModelError(frame.error));
        return;
    }
  }

  /** The call of that number. A runner that answers what it was not asked is ended. */
  #require(id: number): PendingCall | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) this.fault(`it answered call ${id}, which it was not asked`);
    return pending;
  }

  /** The call of that number, which is over. */
  #take(id: number): PendingCall | undefined {
    const pending = this.#require(id);
    this.#pending.delete(id);
    pending?.over();
    return pending;
  }

  /** @throws `input_invalid` for an input that cannot go to another process */
  #sendCall(frame: Extract<HostFrame, { type: "call" }>): number | undefined {
    try {
      return this.#send(frame);
    } catch (error) {
      throw new ModelError("input_invalid", `What was given cannot be sent to a runner: ${textOf(error)}.`, {
        cause: error,
      });
    }
  }

  /** @returns the pages that the frame holds until they are freed */
  #send(frame: HostFrame): number | undefined {
    if (!this.#socket?.writable) return undefined;
    const { pieces, pages } = hostFrame(frame, this.#pages);
    for (const bytes of pieces) this.#socket.write(bytes);
    return pages;
  }

  #note(data: Buffer): void {
    for (const line of this.#lastLines.add(data)) this.#log.debug("a runner said", { pid: this.pid, line });
  }

  #finish(reason: string, cause: RunnerEnd["cause"]): RunnerEnd {
    if (this.#end !== undefined) return this.#end;
    const planned = this.#planned;
    const end: RunnerEnd =
      planned === undefined
        ? { expected: false, reason, ...(cause === undefined ? {} : { cause }) }
        : { ...planned, reason: `${planned.reason} (${reason})` };
    this.#end = end;
    for (const pending of this.#pending.values()) {
      pending.over();
      pending.reject(this.#crashError(end));
    }
    this.#pending.clear();
    this.#pages.close();
    this.#closeFiles();
    this.#socket?.destroy();
    this.#up.resolve();
    return end;
  }

  #closeFiles(): void {
    for (const file of Object.values(this.#files)) file?.[Symbol.dispose]();
  }

  #crashError(end: RunnerEnd): ModelError {
    const last = this.#lastLines.lines;
    const words = this.#lastLines.words;
    const said = words === "" ? "" : ` It said last: ${words}`;
    return new ModelError("runner_crashed", `The runner (process ${this.pid ?? "none"}) ${end.reason}.${said}`, {
      details: { pid: this.pid, reason: end.reason, last_lines: [...last] },
    });
  }
}
