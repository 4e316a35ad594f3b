import { setTimeout as sleep } from "node:timers/promises";
import { fromSerialisedModelError, ModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { createServer } from "@menagerie/server";
import { endAtOnce } from "./end-at-once.ts";
import { isLoopback, listeningError } from "./listening-address.ts";
import { paint, print, printJson } from "./output.ts";
import { showProgress } from "./progress.ts";
import { banner } from "./serve-banner.ts";
import type { StopSignals } from "./stop-signals.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
  readonly maxBodyBytes: number;
  /** Milliseconds after SIGTERM for which requests are still taken while readiness is refused. */
  readonly shutdownDelayMs: number;
  /** Milliseconds for which requests under way may go on once no more are taken. */
  readonly drainMs: number;
  readonly json: boolean;
}

/** Milliseconds that runners and connections have to end once nothing is waited for any more. */
const endMs = 15_000;

/** Milliseconds that the last words have to go out once everything has ended. */
const wordsMs = 2000;

/** Serves until a signal comes, in three steps: not ready but answering, answering what is under way, gone. */
export async function serveZoo(zoo: LocalZoo, options: ServeOptions, signals: StopSignals): Promise<void> {
  const { json, maxBodyBytes, token } = options;
  const server = await createServer(zoo, {
    maxBodyBytes,
    isStopping: () => signals.received !== undefined,
    ...(token === undefined ? {} : { token }),
  });
  const say = (text: string): unknown => json || process.stderr.write(`${text}\n`);
  try {
    const address = await listen(server, options);
    await signals.unless(warm(zoo, json, signals));
    if (signals.received === undefined) {
      if (json) printJson({ address, ...zoo.status() });
      else print(banner(zoo, address, token !== undefined));
    }
    const signal = await signals.first;
    say("Stopping: requests under way are answered first. Interrupt again to stop at once.");
    // At a terminal nobody balances load, and somebody waits.
    if (signal === "SIGTERM") await sleep(options.shutdownDelayMs);
  } finally {
    await stop(zoo, server, options.drainMs, say);
  }
}

type Server = Awaited<ReturnType<typeof createServer>>;

async function listen(server: Server, { host, port, token }: ServeOptions): Promise<string> {
  const address = await server.listen({ host, port }).catch((cause: unknown) => {
    throw listeningError(cause, host, port);
  });
  const bound = server.addresses().flatMap((at) => (typeof at === "string" ? [] : [at.address]));
  const open = bound.find((at) => !isLoopback(at));
  if (token !== undefined || open === undefined) return address;
  throw new ModelError(
    "unauthorised",
    `${host} means ${open} on this machine, which would open the zoo to the network. Give a --token, or listen on 127.0.0.1.`,
    { details: { host, address: open } },
  );
}

/** Loads the models that stay loaded. A failure is reported and the model is served as failed, unless it is required. @throws what a required model lacks */
async function warm(zoo: LocalZoo, json: boolean, signals: StopSignals): Promise<void> {
  const stop = showProgress(zoo, !json);
  const errors = await zoo.warm().finally(stop);
  if (signals.received !== undefined) return;
  const { health, models, problems } = zoo.status();
  if (health === "unhealthy") {
    const required = new Set(models.flatMap(({ model, required: isRequired }) => (isRequired ? [model] : [])));
    const told = [...errors, ...problems.map(fromSerialisedModelError)];
    throw (
      told.find(({ model }) => model !== undefined && required.has(model)) ??
      told[0] ??
      new ModelError("model_load_failed", "A required model could not be loaded.")
    );
  }
  for (const { code, message, model } of errors)
    if (!problems.some((problem) => problem.model === model && problem.code === code))
      process.stderr.write(`${paint("yellow", "problem")} ${code}: ${message}\n`);
}

/** Takes no more requests, lets those under way end, then ends the runners. Nothing here waits for ever. */
async function stop(zoo: LocalZoo, server: Server, drainMs: number, say: (text: string) => unknown): Promise<void> {
  const closed: Promise<unknown> = Promise.resolve(server.close());
  // Streams of events keep their connection when they end.
  const sweep = setInterval(() => server.server.closeIdleConnections(), 100);
  sweep.unref();
  if (!(await within(closed, drainMs)))
    say(`Requests are still under way after ${drainMs / 1000} s; they are ended now.`);
  // What waits in the zoo is refused with a code, which clients are told before their connections end.
  const ended: Promise<unknown> = Promise.resolve(zoo.close({ graceMs: 0 }));
  if (!(await within(closed, 1000))) server.server.closeAllConnections();
  const isOver = await within(Promise.all([closed, ended]), endMs);
  clearInterval(sweep);
  // Words that a full pipe does not take keep the process alive, and are not waited for.
  setTimeout(() => endAtOnce(Number(process.exitCode ?? 0)), wordsMs).unref();
  if (isOver) return;
  const hangs = !(await within(ended, 0));
  if (hangs) say(`The runners did not end within ${endMs / 1000} s; they are killed.`);
  endAtOnce(hangs ? 1 : 0);
}

async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
