import type { LocalZoo } from "@menagerie/core/host";
import type { LoadScript, ScriptedApplication } from "@menagerie/testing";
import { runnersIn } from "../memory.ts";
import { chance, oneOf, upTo } from "./chance.ts";

const loadScripts: readonly LoadScript[] = [300, "throw", "exit", "never", "allocate", "odd"];

export interface Chaos {
  readonly zoo: LocalZoo;
  readonly app: ScriptedApplication;
  readonly models: readonly string[];
  isOver(): boolean;
}

/** What was done to the runners, by name. */
export type Deeds = Map<string, number>;

/** Does something to some runner about once a second, and sets everything right again at the end. */
export async function rage(chaos: Chaos): Promise<Deeds> {
  const deeds: Deeds = new Map();
  const stopped = new Set<number>();
  while (!chaos.isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 100 + upTo(1500)));
    const deed = oneOf([kill, kill, stop, unload, unload, spoilLoads]);
    deeds.set(deed.name, (deeds.get(deed.name) ?? 0) + 1);
    await deed(chaos, stopped);
  }
  for (const pid of stopped) send(pid, "SIGCONT");
  for (const model of chaos.models) await chaos.app.scriptLoad(model, 0);
  return deeds;
}

async function kill({ app }: Chaos): Promise<void> {
  send(oneOf(await runnersIn(app.dir)), "SIGKILL");
}

/** Most go on after a while; the others are for the zoo to find. */
async function stop({ app }: Chaos, stopped: Set<number>): Promise<void> {
  const pid = oneOf(await runnersIn(app.dir));
  send(pid, "SIGSTOP");
  stopped.add(pid);
  if (chance(0.7)) setTimeout(() => send(pid, "SIGCONT"), upTo(3000)).unref();
}

async function unload({ zoo, models }: Chaos): Promise<void> {
  await zoo.unload(oneOf(models), { deadlineMs: upTo(1000) }).catch(() => {});
}

/** For a moment, then loads are good again. */
async function spoilLoads({ app, models }: Chaos): Promise<void> {
  const model = oneOf(models);
  await app.scriptLoad(model, oneOf(loadScripts));
  setTimeout(() => void app.scriptLoad(model, 0).catch(() => {}), 100 + upTo(1000)).unref();
}

function send(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
