import type { VerifiedFiles } from "../../artifact-store.ts";
import type { Device } from "../../device.ts";
import type { Log } from "../../log.ts";
import { preprocessSignature, resolveModel } from "../../resolved-model.ts";
import type { CatalogueEntry } from "../catalogue.ts";
import type { Clock } from "../clock.ts";
import type { LoadRequest, Runner, RunnerPool } from "../runner.ts";
import type { ZooEvent } from "../zoo-api.ts";
import { believedFiles } from "./believed-files.ts";
import type { Resident } from "./resident.ts";

export interface ModelLoadingOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: RunnerPool;
  /** Milliseconds that one load may take. */
  readonly loadTimeoutMs: number;
  /** The rest of what a runner is told. */
  loadRequest(entry: CatalogueEntry, device: Device): Promise<Omit<LoadRequest, "verified">>;
  emit(event: ZooEvent): void;
}

/** Carries loads out, and remembers which files have been verified so that the next load need not hash them again. */
export class ModelLoading {
  readonly #options: ModelLoadingOptions;
  /** By plugin: what one plugin's runner says counts for no other. */
  readonly #verified = new Map<string, VerifiedFiles>();

  constructor(options: ModelLoadingOptions) {
    this.#options = options;
  }

  /** Loads the model and notes on the resident what came of it. @param reserved bytes that are set aside for it */
  async load(resident: Resident, reserved: number, signal: AbortSignal): Promise<Runner> {
    const { clock, emit, log, pool, loadTimeoutMs: timeoutMs } = this.#options;
    const { spec } = resident.entry;
    const model = spec.model_name;
    const started = clock.now();
    emit({ type: "load-started", model, bytes: reserved });
    // Refuses a pinned signature that does not hold before anything is started for it.
    preprocessSignature(spec);
    const request = await this.#options.loadRequest(resident.entry, resident.device);
    const runner = await pool.load(
      { ...request, verified: this.#verified.get(request.plugin.entry) ?? {} },
      { timeoutMs, signal, onStage: (stage) => emit({ type: "load-stage", model, stage }) },
    );
    const { versions, verified } = runner.report;
    this.#verified.set(request.plugin.entry, {
      ...this.#verified.get(request.plugin.entry),
      ...believedFiles(verified, spec, request.artifactsRoot),
    });
    const ms = clock.now() - started;
    const bytes = await runner.memoryBytes();
    Object.assign(resident, {
      runner,
      resolved: resolveModel(spec, resident.device, { [request.plugin.name]: request.plugin.version, ...versions }),
      error: undefined,
      loads: resident.loads + 1,
      lastLoadMs: ms,
      measuredBytes: bytes,
    } satisfies Partial<Resident>);
    log.info("a model is ready", { model, device: resident.device, pid: runner.pid, ms: Math.round(ms), bytes });
    emit({ type: "loaded", model, ms, bytes });
    return runner;
  }
}
