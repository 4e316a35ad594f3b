/** Entry of a runner process: answers the calls that come over the channel its host opened, and ends with it. */
import { fstatSync } from "node:fs";
import { grantsIn } from "./grants.ts";
import { type CallTools, HostLink } from "./host-link.ts";
import { endWithHost } from "./host-watcher.ts";
import { forbidNetwork } from "./network-guard.ts";
import { type Call, runnerDescriptors, watchHostFlag } from "./protocol.ts";
import { RunnerSession } from "./runner-session.ts";

if (!isSocket(runnerDescriptors.channel)) {
  process.stderr.write("This is the process that runs one model for a zoo; it is started by a zoo, not by hand.\n");
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
const session: RunnerSession = new RunnerSession(link.log);

async function answer(call: Call, tools: CallTools): Promise<unknown> {
  switch (call.type) {
    case "warm":
      return session.warm(call.engines);
    case "formsNeeded":
      return session.formsNeeded(call.request, tools.stage);
    case "makeForms":
      return session.makeForms(call.request, call.folders);
    case "load":
      return session.load(call.request, call.forms, tools.stage);
    case "adopt":
      return session.adopt(call.requests);
    case "run":
      return session.run(call.task, call.input, {
        signal: tools.signal,
        onPart: call.inParts ? tools.part : undefined,
      });
    case "unload":
      await session.unload();
      setImmediate(() => void link.close().then(() => process.exit(0)));
      return undefined;
    case "ping":
      // For hosts that cannot read it from the kernel.
      return { residentBytes: process.memoryUsage.rss(), highestBytes: process.resourceUsage().maxRSS * 1024 };
  }
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}
