import type { Log } from "../../contract/log.ts";
import { alarm, type Clock } from "../../time/clock.ts";
import type { HeldLease } from "../../zoo/zoo-status.ts";
import type { ZooEvent } from "../local-zoo.ts";

export interface LeaseBookOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds after which a lease that is still held is reported, once; Infinity for never. */
  readonly longMs: number;
  emit(event: ZooEvent): void;
}

interface Entry {
  readonly model: string;
  readonly since: number;
  readonly place: () => string | undefined;
  readonly late: Disposable;
  /** Gives the share back. Must not hold on to the lease. */
  readonly giveBack: () => void;
}

/** Who holds a lease, since when, and where in code it was taken. One that is collected without being given back is given back. */
export class LeaseBook {
  readonly #options: LeaseBookOptions;
  readonly #entries = new Set<Entry>();
  readonly #byLease = new WeakMap<object, Entry>();
  readonly #registry = new FinalizationRegistry<Entry>((entry) => this.#lost(entry));

  constructor(options: LeaseBookOptions) {
    this.#options = options;
  }

  /** @param giveBack called where the lease is collected; must not hold on to it */
  note(lease: object, model: string, place: () => string | undefined, giveBack: () => void): void {
    const { clock, longMs } = this.#options;
    const since = clock.now();
    const late = alarm(clock, since + longMs, () => this.#long(entry));
    const entry: Entry = { model, since, place, late, giveBack };
    this.#entries.add(entry);
    this.#byLease.set(lease, entry);
    this.#registry.register(lease, entry, entry);
  }

  /** It is given back. */
  end(lease: object): void {
    const entry = this.#byLease.get(lease);
    if (entry !== undefined) this.#forget(entry);
  }

  /** Leases on the model, the longest held first. */
  on(model: string): readonly HeldLease[] {
    const now = this.#options.clock.now();
    return [...this.#entries].flatMap((entry) =>
      entry.model === model ? [{ held_ms: Math.round(now - entry.since), at: entry.place() }] : [],
    );
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry);
    this.#registry.unregister(entry);
    entry.late[Symbol.dispose]();
  }

  #long({ model, since, place }: Entry): void {
    const { clock, emit, log } = this.#options;
    const ms = clock.now() - since;
    const at = place();
    log.warn("a lease has been held for long", { model, ms: Math.round(ms), at });
    emit({ type: "lease-held-long", model, ms, at });
  }

  #lost(entry: Entry): void {
    if (!this.#entries.has(entry)) return;
    const { clock, emit, log } = this.#options;
    const { model, since, place, giveBack } = entry;
    this.#forget(entry);
    const ms = clock.now() - since;
    const at = place();
    log.warn("a lease was never given back; nobody can use it any more, so it is given back now", { model, at });
    giveBack();
    emit({ type: "lease-lost", model, ms, at });
  }
}
