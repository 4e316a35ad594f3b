import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Log } from "../../log.ts";
import { fromSerialisedModelError, ModelError } from "../../model-error.ts";
import type { Call, HostFrame, RunnerFrame } from "../../runner/protocol.ts";
import { SharedMemory } from "../../runner/shared-memory.ts";
import type { LoadStage, RunnerEnd } from "../runner.ts";
import { runnerEntry, runnerEnvironment, runnerFlags } from "./recipe.ts";
import { SharedFile } from "./shared-files.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  onStage?(stage: LoadStage): void;
  onPart?(part: unknown): void;
}

interface Pending extends Pick<CallOptions, "onPart"> {
  resolve(result: unknown): void;
  reject(error: ModelError): void;
}

/** Lines of standard error that are kept to explain an end. */
const keptLines = 20;

/** A child process that speaks the runner's protocol, from its start to its last breath. */
export class RunnerProcess {
  readonly #child: ChildProcess;
  readonly #log: Log;
  readonly #files = { fromHost: new SharedFile(), toHost: new SharedFile() };
  readonly #pending = new Map<number, Pending>();
  readonly #lastLines: string[] = [];
  readonly ended: Promise<RunnerEnd>;
  /** Resolves when the process listens. */
  readonly up: Promise<void>;
  #onUp: () => void = () => {};
  #onStage: ((stage: LoadStage) => void) | undefined;
  #nextId = 0;
  #endReason: string | undefined;
  #end: RunnerEnd | undefined;

  /** @param writable the one folder that it may write to; none where left out */
  constructor(log: Log, writable?: string) {
    this.#log = log;
    const entry = runnerEntry();
    this.#child = spawn(process.execPath, [...runnerFlags(entry, writable), entry], {
      env: runnerEnvironment(),
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc", this.#files.fromHost.descriptor, this.#files.toHost.descriptor],
    });
    this.up = new Promise((resolve) => {
      this.#onUp = resolve;
    });
    this.ended = new Promise((resolve) => {
      const end = (reason: string): void => resolve(this.#finish(reason));
      this.#child.once("error", (error) => end(`could not be started: ${error.message}`));
      this.#child.once("close", (code, signal) =>
        end(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
      );
    });
    this.#child.on("message", (frame) => this.#receive(frame as RunnerFrame));
    this.#child.stdout?.on("data", (data: Buffer) => this.#hear(data));
    this.#child.stderr?.on("data", (data: Buffer) => this.#hear(data));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Asks the runner; the answer is the call's result. @throws its ModelError, or `runner_crashed` if it ends first */
  call(call: Call, options: CallOptions = {}): Promise<unknown> {
    const end = this.#end;
    if (end !== undefined) return Promise.reject(this.#crashError(end));
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { ...options, resolve, reject }));
    if (options.onStage !== undefined) this.#onStage = options.onStage;
    const onAbort = (): void => this.#send({ type: "cancel", id });
    options.signal?.addEventListener("abort", onAbort, { once: true });
    this.#hold(true);
    this.#send({
      type: "call",
      id,
      call:
        call.type === "run"
          ? { ...call, input: new SharedMemory(this.#files.fromHost.descriptor).pack(call.input) }
          : call,
    });
    return answer.finally(() => {
      options.signal?.removeEventListener("abort", onAbort);
      if (this.#pending.size === 0) this.#hold(this.#endReason !== undefined);
    });
  }

  /** Ends the process at once. @param reason why, as those who wait for answers are told */
  kill(reason: string): Promise<RunnerEnd> {
    this.expectEnd(reason);
    this.#child.kill("SIGKILL");
    return this.ended;
  }

  /** Expects the process to end by itself, so that its end is no crash. */
  expectEnd(reason: string): void {
    this.#endReason ??= reason;
    this.#hold(true);
  }

  /**
   * Whether the host's own process stays for this one. It does while something is awaited: the start, an answer or the end,
   * which comes only when the streams are at theirs. An idle runner keeps nobody, and ends with its host.
   */
  #hold(held: boolean): void {
    if (this.hasEnded) return;
    const { stdout, stderr, channel } = this.#child;
    for (const handle of [this.#child, channel, stdout as Socket | null, stderr as Socket | null]) {
      if (held) handle?.ref();
      else handle?.unref();
    }
  }

  #receive(frame: RunnerFrame): void {
    switch (frame.type) {
      case "up":
        this.#hold(this.#pending.size > 0);
        this.#onUp();
        return;
      case "stage":
        this.#onStage?.(frame.stage);
        return;
      case "part":
        this.#pending.get(frame.id)?.onPart?.(frame.part);
        return;
      case "log":
        this.#log[frame.level](frame.message, { ...frame.fields, pid: this.pid });
        return;
      case "done": {
        const result = new SharedMemory(this.#files.toHost.descriptor).unpack(frame.result);
        for (const file of Object.values(this.#files)) file.clear();
        this.#take(frame.id)?.resolve(result);
        return;
      }
      case "failed":
        if (frame.stack !== undefined)
          this.#log.debug("a runner's call failed", { pid: this.pid, code: frame.error.code, stack: frame.stack });
        this.#take(frame.id)?.reject(fromSerialisedModelError(frame.error));
        return;
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #send(frame: HostFrame): void {
    // A channel that breaks here ends the process too, and that end is what callers are told of.
    if (this.#child.connected) this.#child.send(frame, () => {});
  }

  #hear(data: Buffer): void {
    for (const line of data
      .toString("utf8")
      .split("\n")
      .filter((text) => text.trim() !== "")) {
      this.#lastLines.push(line);
      if (this.#lastLines.length > keptLines) this.#lastLines.shift();
      this.#log.debug("a runner said", { pid: this.pid, line });
    }
  }

  #finish(reason: string): RunnerEnd {
    const asked = this.#endReason;
    const end: RunnerEnd = this.#end ?? {
      expected: asked !== undefined,
      reason: asked === undefined ? reason : `${asked} (${reason})`,
    };
    this.#end = end;
    for (const file of Object.values(this.#files)) file[Symbol.dispose]();
    for (const pending of this.#pending.values()) pending.reject(this.#crashError(end));
    this.#pending.clear();
    this.#onUp();
    return end;
  }

  #crashError(end: RunnerEnd): ModelError {
    const said = this.#lastLines.length === 0 ? "" : ` It said last: ${this.#lastLines.slice(-3).join(" | ")}`;
    return new ModelError("runner_crashed", `The runner (process ${this.pid ?? "none"}) ${end.reason}.${said}`, {
      details: { pid: this.pid, reason: end.reason, last_lines: [...this.#lastLines] },
    });
  }
}
