/** Entry of a runner process: answers the calls that come over the channel its host opened, and ends with it. */
import { logTo } from "../log.ts";
import { ModelError, toModelError } from "../model-error.ts";
import { forbidNetwork } from "./network-guard.ts";
import { type Call, type HostFrame, type RunnerFrame, sharedMemoryDescriptors } from "./protocol.ts";
import { RunnerSession } from "./runner-session.ts";
import { SharedMemory } from "./shared-memory.ts";

const fromHost = new SharedMemory(sharedMemoryDescriptors.fromHost);
const toHost = new SharedMemory(sharedMemoryDescriptors.toHost);
const running = new Map<number, AbortController>();
const session = new RunnerSession(logTo((level, message, fields) => send({ type: "log", level, message, fields })));

if (process.send === undefined) {
  process.stderr.write("This is the process that runs one model for a zoo; it is started by a zoo, not by hand.\n");
  process.exit(2);
}
forbidNetwork();
// A host that is gone, however it went, closes the channel: nobody would ever end this process otherwise.
process.on("disconnect", () => process.exit(0));
// The host decides when a runner ends; a Ctrl-C in its terminal reaches the whole group of processes.
process.on("SIGINT", () => {});
process.on("message", (frame: HostFrame) => {
  if (frame.type === "cancel")
    running.get(frame.id)?.abort(new ModelError("cancelled", "The caller withdrew the request."));
  else void answer(frame.id, frame.call);
});
send({ type: "up" });

async function answer(id: number, call: Call): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const result = await perform(id, call, controller.signal);
    send({ type: "done", id, result: call.type === "run" ? toHost.pack(result) : result });
  } catch (thrown) {
    const error = toModelError(thrown);
    send({ type: "failed", id, error: plainError(error), stack: stackOf(error) });
  } finally {
    running.delete(id);
  }
  if (call.type === "unload") process.disconnect();
}

function perform(id: number, call: Call, signal: AbortSignal): Promise<unknown> | unknown {
  switch (call.type) {
    case "warm":
      return session.warm(call.engines);
    case "formsNeeded":
      return session.formsNeeded(call.request, (stage) => send({ type: "stage", stage }));
    case "makeForms":
      return session.makeForms(call.request, call.folders);
    case "load":
      return session.load(call.request, call.forms, (stage) => send({ type: "stage", stage }));
    case "adopt":
      return session.adopt(call.request);
    case "run":
      return session.run(call.task, fromHost.unpack(call.input), {
        signal,
        onPart: call.inParts ? (part) => send({ type: "part", id, part }) : undefined,
      });
    case "unload":
      return session.unload();
    case "ping":
      return undefined;
  }
}

/** An error's details may hold anything; what cannot be cloned must not lose the error. */
function plainError(error: ModelError): ReturnType<ModelError["toJSON"]> {
  return JSON.parse(
    JSON.stringify(error, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value)),
  ) as ReturnType<ModelError["toJSON"]>;
}

function stackOf(error: ModelError): string | undefined {
  return error.cause instanceof Error ? error.cause.stack : error.stack;
}

function send(frame: RunnerFrame): void {
  if (process.connected) process.send?.(frame);
}
