import { afterAll, beforeAll, describe, test } from "vitest";
import { answerRows } from "./runner-pool/answer-rows.ts";
import { channelRows } from "./runner-pool/channel-rows.ts";
import { closingRows } from "./runner-pool/closing-rows.ts";
import { endedRows } from "./runner-pool/ended-rows.ts";
import { groupRows } from "./runner-pool/group-rows.ts";
import { type HostFootprint, hostFootprint } from "./runner-pool/host-footprint.ts";
import { hungRows } from "./runner-pool/hung-rows.ts";
import { leavingRows } from "./runner-pool/leaving-rows.ts";
import { listenerRows } from "./runner-pool/listener-rows.ts";
import { loadRows } from "./runner-pool/load-rows.ts";
import { partRows } from "./runner-pool/part-rows.ts";
import { programRows } from "./runner-pool/program-rows.ts";
import { queueRows } from "./runner-pool/queue-rows.ts";
import { replicaRows } from "./runner-pool/replica-rows.ts";
import { unloadingRows } from "./runner-pool/unloading-rows.ts";
import { eventually } from "./runner-pool/waiting.ts";
import type { PoolUnderTest } from "./runner-pool/zoo-under-test.ts";

export type { PoolUnderTest } from "./runner-pool/zoo-under-test.ts";

const rowTimeoutMs = 60_000;

/** What takes longest comes first, so that the rest is done beside it. */
const table = [
  hungRows,
  endedRows,
  loadRows,
  closingRows,
  channelRows,
  leavingRows,
  listenerRows,
  unloadingRows,
  partRows,
  queueRows,
  answerRows,
  programRows,
];

/**
 * The table of faults that every pool of runners passes: each row injects one, and says what the caller gets, how soon, and
 * what must not be left behind. Rows that need a runner in a process of its own run where `isolates` says so.
 */
export function describeRunnerPool(pool: PoolUnderTest): void {
  const rows = [...table, ...(pool.grouped ? [groupRows] : []), ...(pool.replicas === undefined ? [] : [replicaRows])]
    .flatMap((rowsOf) => rowsOf())
    .filter(({ apart, needs }) => (needs === undefined || pool.isolates) && !(apart && pool.grouped))
    .filter(({ sole }) => !(sole && pool.replicas !== undefined));
  describe(`runners of the pool ${pool.name}`, () => {
    let before: HostFootprint;
    beforeAll(async () => {
      before = await hostFootprint();
    });
    describe.concurrent("survive", () => {
      for (const { says, needs, run } of rows)
        test(needs === undefined ? says : `${says} (${needs})`, ({ skip }) => run(pool, skip), rowTimeoutMs);
    });
    // Rows run beside each other, so what their host holds can be told only when all of them are over. Elsewhere than on
    // Linux both counts are 0.
    afterAll(async () => {
      await eventually("no descriptor and no shared file is left", async () => {
        const { descriptors, shared } = await hostFootprint();
        return !(descriptors > before.descriptors + 2 || shared > before.shared);
      });
    });
  });
}
