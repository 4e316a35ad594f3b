/**
 * Shows, with numbers, what Menagerie says of itself: a host that answers while a model loads and runs, memory that comes
 * back, cycles that leave nothing behind, and a request that outlives its runner. Exits with 1 if one does not hold.
 *
 *     npm run proof            all of it, about three minutes
 *     npm run proof -- cycles  one of it: responsive, memory, cycles, kill
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proveCycles } from "./cycles.ts";
import { proveKill } from "./kill.ts";
import { proveMemory } from "./memory-back.ts";
import { proveResponsive } from "./responsive.ts";

const proofs = { responsive: proveResponsive, memory: proveMemory, cycles: proveCycles, kill: proveKill };

const asked = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "menagerie-proof-"));
let failed = 0;
try {
  for (const [name, prove] of Object.entries(proofs)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const { holds, said } = await prove(folder);
    process.stdout.write(`${holds ? "holds" : "FAILS"}  ${name}: ${said}\n`);
    if (!holds) failed += 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
