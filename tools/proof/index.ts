/**
 * Shows, with numbers, what Menagerie says of itself: a host that answers while a model loads and runs, memory that comes
 * back, cycles that leave nothing behind, a request that outlives its runner, and callers who do not notice what is done to
 * runners, and a zoo in a third of the memory that its models need. Exits with 1 if one does not hold.
 *
 *     npm run proof                        all of it, about eight minutes
 *     npm run proof -- cycles              one of it: responsive, unload, cycles, kill, memory, container, faults
 *     npm run proof -- faults --minutes 3  for so long: faults, memory and container take 10 minutes where they are named, else 1
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { proveCycles } from "./cycles.ts";
import { proveFaults } from "./faults.ts";
import { proveKill } from "./kill.ts";
import { proveMemory } from "./memory-back.ts";
import { proveResponsive } from "./responsive.ts";
import { proveContainer, proveShortMemory } from "./short-memory.ts";

const proofs = {
  responsive: proveResponsive,
  unload: proveMemory,
  cycles: proveCycles,
  kill: proveKill,
  memory: proveShortMemory,
  container: proveContainer,
  faults: proveFaults,
};

/** Those that go on for so long where they are named. */
const tenMinutes = ["faults", "memory", "container"];
const { positionals: asked, values } = parseArgs({ allowPositionals: true, options: { minutes: { type: "string" } } });
const minutes = Number(values.minutes ?? (asked.some((name) => tenMinutes.includes(name)) ? 10 : 1));
if (!(minutes > 0)) throw new TypeError(`--minutes is a number above 0, not "${values.minutes}"`);
const folder = await mkdtemp(join(tmpdir(), "menagerie-proof-"));
let failed = 0;
try {
  for (const [name, prove] of Object.entries(proofs)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const { holds, said } = await prove(folder, minutes);
    process.stdout.write(`${holds ? "holds" : "FAILS"}  ${name}: ${said}\n`);
    if (!holds) failed += 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
