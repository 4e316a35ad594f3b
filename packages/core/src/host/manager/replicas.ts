import type { RunnerShare } from "../calls/outlets.ts";
import { unitOf } from "../scheduler/scheduler-state.ts";
import type { LeaseWaiters } from "./lease-waiters.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import type { Resident, ResidentUnit } from "./resident.ts";

/** Further runners of models that have work for them. */
export class Replicas {
  readonly #scheduler: LiveScheduler;
  readonly #leases: LeaseWaiters;

  constructor(scheduler: LiveScheduler, leases: LeaseWaiters) {
    this.#scheduler = scheduler;
    this.#leases = leases;
  }

  /** Another runner for a model whose calls wait, one at a time. */
  grow({ replicas }: Resident): void {
    const phases = replicas.map(({ name }) => unitOf(this.#scheduler.state, name)?.phase);
    if (phases.includes("loading") || phases.includes("preparing")) return;
    const cold = replicas[phases.indexOf("cold")];
    if (cold !== undefined) this.#scheduler.dispatch({ type: "offered", unit: cold.name });
  }

  /** What a call must have of a replica while it is there. @param nextRequest a number that no request has had */
  shareIn({ name, isReplica }: ResidentUnit, nextRequest: () => number): RunnerShare | undefined {
    if (!isReplica) return undefined;
    return {
      take: () => this.#leases.takeNow(name, nextRequest()),
      giveBack: () => this.#scheduler.dispatch({ type: "released", unit: name }),
    };
  }
}
