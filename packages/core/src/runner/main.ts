/** Entry of a runner process: answers the calls that come over the channel its host opened, and ends with it. */
import { fstatSync } from "node:fs";
import { grantsIn } from "./grants.ts";
import { type CallTools, HostLink } from "./host-link.ts";
import { endWithHost } from "./host-watcher.ts";
import { forbidNetwork } from "./network-guard.ts";
import { type Call, runnerDescriptors, watchHostFlag } from "./protocol.ts";
import { RunnerSession } from "./runner-session.ts";

if (!isSocket(runnerDescriptors.channel)) {
  process.stderr.write("This is the process that runs models for a zoo; it is started by a zoo, not by hand.\n");
  process.exit(2);
}
// The host decides when a runner ends; a Ctrl-C in its terminal, or a service manager, reaches the whole group of processes.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
const watched = process.argv.find((argument) => argument.startsWith(watchHostFlag));
if (watched !== undefined) await endWithHost(Number(watched.slice(watchHostFlag.length)));
const link: HostLink = new HostLink(answer, (reason) => {
  if (reason !== undefined) process.stderr.write(`${reason}\n`);
  process.exit(reason === undefined ? 0 : 70);
});
forbidNetwork(grantsIn(process.argv));
/** One for each model that shares this process, by its number. */
const sessions: RunnerSession[] = [];

function sessionOf(member: number): RunnerSession {
  sessions[member] ??= new RunnerSession(link.log);
  return sessions[member];
}

async function answer(call: Call, tools: CallTools): Promise<unknown> {
  switch (call.type) {
    case "warm":
      // Of no model: an engine that is warm is signed by those alone that use it.
      return new RunnerSession(link.log).warm(call.engines);
    case "formsNeeded":
      return sessionOf(call.member).formsNeeded(call.request, tools.stage);
    case "makeForms":
      return sessionOf(0).makeForms(call.request, call.folders);
    case "load":
      return sessionOf(call.member).load(call.request, call.forms, tools.stage);
    case "adopt":
      return sessionOf(0).adopt(call.requests);
    case "run":
      return sessionOf(call.member).run(call.task, call.input, {
        signal: tools.signal,
        onPart: call.inParts ? tools.part : undefined,
      });
    case "unload":
      await unloadAll();
      setImmediate(() => void link.close().then(() => process.exit(0)));
      return undefined;
    case "ping":
      // For hosts that cannot read it from the kernel.
      return { residentBytes: process.memoryUsage.rss(), highestBytes: process.resourceUsage().maxRSS * 1024 };
  }
}

/** Each has its turn, whatever the others throw. @throws the first error */
async function unloadAll(): Promise<void> {
  const ends = await Promise.allSettled(sessions.map((session) => session.unload()));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}
