import type { Device } from "../../device.ts";
import { ModelError } from "../../model-error.ts";
import type { Refusal } from "../scheduler/scheduler-state.ts";

/** The error that a caller gets for a refusal, with the arithmetic that led to it. */
export function refusalError(refusal: Refusal, device: Device, loadError: ModelError | undefined): ModelError {
  const { model } = refusal;
  switch (refusal.kind) {
    case "never-fits": {
      const { bytes, budget, kept } = refusal;
      const rest = kept === 0 ? "" : `, of which ${megabytes(kept)} are kept for models that stay`;
      return new ModelError(
        memoryCode(device),
        `${model} needs ${megabytes(bytes)} on ${device}, whose budget is ${megabytes(budget)}${rest}. Nothing was unloaded for it. ` +
          `Raise memory_mb.${device} of the zoo spec, keep fewer models warm, or choose a smaller model or precision.`,
        { model, details: { device, needed_bytes: bytes, budget_bytes: budget, kept_bytes: kept } },
      );
    }
    case "waited-too-long": {
      const { bytes, budget, reserved } = refusal;
      return new ModelError(
        memoryCode(device),
        `${model} waited too long for ${megabytes(bytes)} on ${device}: ${megabytes(reserved)} of ${megabytes(budget)} are in use. ` +
          "Try again later, raise the budget, or hold leases for less time.",
        { model, details: { device, needed_bytes: bytes, budget_bytes: budget, reserved_bytes: reserved } },
      );
    }
    case "load-failed":
    case "backing-off":
      return loadError ?? new ModelError("model_load_failed", `${model} could not be loaded.`, { model });
    case "closed":
      return new ModelError("zoo_closed", `${model} is no longer served: the zoo is shutting down.`, { model });
  }
}

/** The error for a request that was refused because its own deadline had come. */
export function lateError(model: string, waitedMs: number, cause: unknown): ModelError {
  const waited = Math.round(waitedMs);
  const message = `${model} was not ready before the request's deadline, after ${waited} ms.`;
  return new ModelError("deadline_exceeded", message, { model, details: { waited_ms: waited }, cause });
}

function memoryCode(device: Device): "insufficient_memory" | "insufficient_gpu_memory" {
  return device === "cpu" ? "insufficient_memory" : "insufficient_gpu_memory";
}

/** Megabytes of 10^6 bytes, as specs and budgets count. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
