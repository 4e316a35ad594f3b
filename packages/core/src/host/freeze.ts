import type { ModelSpec } from "../contract/model-spec.ts";
import { type FrozenLock, requireLockedModel, requireLockedPlugin } from "../lock/frozen.ts";
import { resolveSpec } from "../lock/resolve-spec.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { PackagesBehind } from "./packages-behind.ts";

/** Keeps what is outside of its lock out of a frozen zoo. */
export class Freeze {
  readonly #frozen: FrozenLock;
  readonly #behind: () => PackagesBehind;

  /** @param behind gives packages as they are installed now */
  constructor(frozen: FrozenLock, behind: () => PackagesBehind) {
    this.#frozen = frozen;
    this.#behind = behind;
  }

  /** True for a model of which the lock says nothing at all. */
  isForeign(model: string): boolean {
    return !this.#frozen.lock.models.some((each) => each.model === model);
  }

  /** @throws `outside_lock` for a model, or an artifact of it, that is not in the lock */
  requireModel(spec: ModelSpec): void {
    requireLockedModel(this.#frozen, spec);
  }

  /** For many models that are looked at together. */
  look(): PackagesBehind {
    return this.#behind();
  }

  /** The same, and for its plugin, engines and kit. @throws `outside_lock`, `weights_digest_mismatch`; what reading their files throws */
  async admit(entry: CatalogueEntry, behind: PackagesBehind = this.#behind()): Promise<void> {
    this.requireModel(resolveSpec(entry.spec, this.#frozen.lock));
    for (const installed of await behind.of(entry)) requireLockedPlugin(this.#frozen, installed, entry.spec.model_name);
  }
}
