import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import type { NeededForm, NeededForms, PreparedForm, PreparedForms } from "../loader/prepared-form.ts";
import { abortable } from "../time/abortable.ts";
import { type Clock, systemClock } from "../time/clock.ts";
import { type CacheTrouble, cacheTrouble } from "./cache-trouble.ts";
import { FormCache } from "./form-cache.ts";
import { removeFolder } from "./form-files.ts";

export interface FormStoreOptions {
  /** Absolute cache folder; undefined where there is none, so that every model is opened from its source. */
  readonly cacheDir: string | undefined;
  readonly log: Log;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** What is to be made, and where. */
export interface FormDraft {
  /** The one folder that the maker may write to. */
  readonly folder: string;
  /** An empty folder within it for each graph. */
  readonly graphs: Readonly<Record<string, string>>;
}

/** Fills the folders of a draft. */
export type MakeForms = (draft: FormDraft) => Promise<void>;

/** Milliseconds until a form that could not be made is tried again. */
const retryAfterMs = 300_000;

/**
 * The host's side of prepared forms: finds whole ones, has missing ones made, takes them over and vouches for them. Safe
 * with several hosts on one folder, and with a host killed at any step. Only a cache: whatever goes wrong with the folder
 * costs the form and a warning, never the load.
 */
export class FormStore {
  readonly #cache: FormCache | undefined;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #making = new Map<string, Promise<void>>();
  /** When a form could not be made, as a time of the clock. */
  readonly #failed = new Map<string, number>();
  readonly #told = new Set<string>();
  #isSwept = false;

  constructor({ cacheDir, log, clock = systemClock }: FormStoreOptions) {
    this.#cache = cacheDir === undefined ? undefined : new FormCache(cacheDir);
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * The forms that are needed, by graph; a graph whose form cannot be had is left out. Loads that need one form at once
   * have it made once.
   * @param make called with those that are missing, in one draft
   * @throws what `make` throws once `signal` is aborted, or the signal's reason
   */
  async ensure(
    needed: NeededForms,
    make: MakeForms,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<PreparedForms> {
    const cache = this.#cache;
    if (Object.keys(needed).length === 0) return {};
    if (cache === undefined) {
      const cause = "there is no folder for prepared forms, since this user has no home";
      this.#warn({ kind: "none", cause, remedy: "Name one with MENAGERIE_CACHE or `cacheDir`." }, undefined);
      return {};
    }
    for (const { key } of Object.values(needed))
      if (!/^[0-9a-f]{64}$/.test(key))
        throw new ModelError("internal", `An engine names a prepared form "${key}", which is no sha256.`);
    if (!this.#isSwept) {
      this.#isSwept = true;
      await this.#sweep(cache);
    }
    // Nobody makes one form twice for one load, whatever becomes of it.
    const tried = new Set<string>();
    for (;;) {
      signal.throwIfAborted();
      const found = await this.#found(cache, needed);
      const missing = Object.entries(needed).filter(
        ([graph, { key }]) => !(graph in found) && !tried.has(key) && !this.#hasFailed(key),
      );
      if (missing.length === 0) return found;
      const others = missing.flatMap(([, { key }]) => this.#making.get(key) ?? []);
      if (others.length > 0) await abortable(Promise.allSettled(others), signal);
      else {
        for (const [, { key }] of missing) tried.add(key);
        await this.#claim(cache, missing, make, signal);
      }
    }
  }

  async #claim(
    cache: FormCache,
    missing: readonly (readonly [string, NeededForm])[],
    make: MakeForms,
    signal: AbortSignal,
  ): Promise<void> {
    const work = this.#make(cache, missing, make, signal);
    for (const [, { key }] of missing) this.#making.set(key, work);
    try {
      await work;
    } finally {
      for (const [, { key }] of missing) this.#making.delete(key);
    }
  }

  async #make(
    cache: FormCache,
    missing: readonly (readonly [string, NeededForm])[],
    make: MakeForms,
    signal: AbortSignal,
  ): Promise<void> {
    // Another load may have made them between the look and the claim.
    const found = await this.#found(cache, Object.fromEntries(missing));
    const wanted = missing.filter(([graph]) => !(graph in found));
    if (wanted.length === 0) return;
    const started = this.#clock.now();
    let draft: string | undefined;
    try {
      await this.#sweep(cache);
      const { folder, maker } = await cache.newDraft();
      draft = folder;
      const graphs = Object.fromEntries(wanted.map(([graph], i) => [graph, join(folder, String(i))]));
      for (const dir of Object.values(graphs)) await mkdir(dir);
      await abortable(make({ folder, graphs }), signal);
      for (const [graph, { key, about }] of wanted) {
        const form = await cache.takeOver(key, about, graphs[graph] as string, maker);
        if (form === undefined) this.#failed.set(key, Number.POSITIVE_INFINITY);
        else this.#log.info("a graph was prepared", { ...about, bytes: bytesOf(form), dir: form.dir });
      }
      this.#log.debug("forms were made", { ms: Math.round(this.#clock.now() - started), graphs: Object.keys(graphs) });
    } catch (error) {
      if (signal.aborted) throw error;
      for (const [, { key }] of wanted) this.#failed.set(key, this.#clock.now());
      await this.#tell(error, cache, wanted.map(([, { about }]) => about.model)[0]);
    } finally {
      if (draft !== undefined) await removeFolder(draft).catch(() => {});
    }
  }

  async #found(cache: FormCache, needed: NeededForms): Promise<Record<string, PreparedForm>> {
    const found: Record<string, PreparedForm> = {};
    for (const [graph, { key, about }] of Object.entries(needed)) {
      try {
        const form = await cache.find(key);
        if (form !== undefined) found[graph] = form;
      } catch (error) {
        this.#failed.set(key, this.#clock.now());
        await this.#tell(error, cache, about.model);
      }
    }
    return found;
  }

  #hasFailed(key: string): boolean {
    const at = this.#failed.get(key);
    if (at === undefined) return false;
    if (this.#clock.now() - at < retryAfterMs) return true;
    this.#failed.delete(key);
    return false;
  }

  async #sweep(cache: FormCache): Promise<void> {
    // Leftovers that cannot be swept do no harm; a folder that cannot be used at all is reported at the first write.
    for (const path of await cache.leftovers().catch(() => [])) {
      await removeFolder(path).catch(() => {});
      this.#log.info("what an ended process left of a prepared form was removed", { path });
    }
  }

  async #tell(error: unknown, cache: FormCache, model: string | undefined): Promise<void> {
    this.#warn(await cacheTrouble(error, cache.dir), model);
  }

  #warn({ kind, cause, remedy }: CacheTrouble, model: string | undefined): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#log.warn(`models are opened from their sources, which takes longer: ${cause}. ${remedy}`, {
      model,
      cache_dir: this.#cache?.dir,
    });
  }
}

function bytesOf({ files }: PreparedForm): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}
