import { type Device, hasOwnMemory } from "../../contract/device.ts";
import { ModelError } from "../../contract/model-error.ts";
import { roomRemedy } from "../room-remedy.ts";
import type { Refusal } from "../scheduler/scheduler-event.ts";
import type { Phase } from "../scheduler/scheduler-state.ts";
import type { Resident } from "./resident.ts";

/** The error that a caller gets for a refusal, with the arithmetic that led to it. @param now time of the clock */
export function refusalError(refusal: Refusal, resident: Resident | undefined, now: number): ModelError {
  const { model } = refusal;
  const loadError = resident?.error ?? new ModelError("model_load_failed", `${model} could not be loaded.`, { model });
  switch (refusal.kind) {
    case "never-fits": {
      const { bytes, budget, kept, resource: device } = refusal;
      if (device === "loaded") return tooManyKept(model, budget, kept);
      const rest = kept === 0 ? "" : `, of which ${megabytes(kept)} are kept for models that stay`;
      return new ModelError(
        memoryCode(device),
        `${model} needs ${megabytes(bytes)} on ${device}, whose budget is ${megabytes(budget)}${rest}. Nothing was unloaded for it. ` +
          roomRemedy(device, bytes, budget),
        { model, details: { device, needed_bytes: bytes, budget_bytes: budget, kept_bytes: kept } },
      );
    }
    case "waited-too-long": {
      const { bytes, budget, reserved, resource: device } = refusal;
      const phase = phaseWords[refusal.phase];
      if (phase !== undefined) {
        return new ModelError(
          "model_load_failed",
          `${model} was still ${phase} when the request had waited as long as a load may take. Retry later, or raise load_timeout_s of the zoo spec.`,
          { model, details: { device, phase } },
        );
      }
      if (device === "loaded") return tooManyHeld(model, budget, reserved);
      return new ModelError(
        memoryCode(device),
        `${model} waited too long for ${megabytes(bytes)} on ${device}: ${megabytes(reserved)} of ${megabytes(budget)} are reserved by models that are leased, kept, or of a higher class. ` +
          "Retry later or with a higher priority, hold leases for less time, or raise the budget.",
        { model, details: { device, needed_bytes: bytes, budget_bytes: budget, reserved_bytes: reserved } },
      );
    }
    case "load-failed":
      return loadError;
    case "backing-off": {
      if (refusal.retryAt === Number.POSITIVE_INFINITY) return notAgain(model, loadError, refusal.failures);
      const retryAfterMs = Math.max(0, Math.round(refusal.retryAt - now));
      const last =
        resident?.error ?? new ModelError("runner_crashed", `The runner of ${model} ended soon after its load.`);
      return new ModelError(
        last.code,
        `${last.message} It has failed ${refusal.failures} times in a row and is tried again in ${(retryAfterMs / 1000).toFixed(1)} s, or at once by name (\`zoo load ${model}\`, or \`zoo.load\`).`,
        {
          model,
          details: { ...last.details, failures: refusal.failures, retry_after_ms: retryAfterMs },
          cause: last,
        },
      );
    }
    case "closed":
      return new ModelError("zoo_closed", `${model} is no longer served: the zoo is shutting down.`, { model });
  }
}

/** Phases in which a unit has its memory, as the end of "was still". */
const phaseWords: Readonly<Partial<Record<Phase, string>>> = {
  preparing: "loading",
  loading: "loading",
  draining: "unloading",
};

function notAgain(model: string, last: ModelError, failures: number): ModelError {
  return new ModelError(
    last.code,
    `${last.message} ${model} is not loaded again by itself, since the same files would fail again: mend them, then load it by name (\`zoo load ${model}\`, or \`zoo.load\`).`,
    { model, details: { ...last.details, failures }, cause: last },
  );
}

function tooManyKept(model: string, limit: number, kept: number): ModelError {
  const others = kept === 1 ? "model that is" : `${kept} models that are`;
  return new ModelError(
    "insufficient_memory",
    `${model} cannot be loaded beside the ${others} kept: max_loaded of the zoo spec is ${limit}. Raise it, or keep fewer models warm.`,
    { model, details: { max_loaded: limit, kept } },
  );
}

function tooManyHeld(model: string, limit: number, loaded: number): ModelError {
  return new ModelError(
    "insufficient_memory",
    `${model} waited too long for its turn among the loaded models: ${loaded} of ${limit} (max_loaded of the zoo spec) are leased, kept, or of a higher class. ` +
      "Retry later or with a higher priority, hold leases for less time, or raise max_loaded.",
    { model, details: { max_loaded: limit, loaded } },
  );
}

function memoryCode(device: Device): "insufficient_memory" | "insufficient_gpu_memory" {
  return hasOwnMemory(device) ? "insufficient_gpu_memory" : "insufficient_memory";
}

/** The error of calls whose runner ended, of a model that is not loaded for so many milliseconds; Infinity: by itself never. */
export function backOffError(model: string, ms: number, cause: ModelError | undefined): ModelError {
  const when = Number.isFinite(ms) ? `loaded anew in ${(ms / 1000).toFixed(1)} s` : "not loaded anew by itself";
  const message = `${model} ended under the request, again and again; it is ${when}.`;
  const details = Number.isFinite(ms) ? { retry_after_ms: Math.round(ms) } : {};
  return new ModelError("runner_crashed", message, { model, details, cause });
}

/** Megabytes of 10^6 bytes, as specs and budgets count. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
