import type { SerialisedModelError } from "../contract/model-error.ts";
import type { ZooStatus } from "./zoo-status.ts";

/** How a zoo is, in a few words and figures. Keys are those of the JSON body. */
export interface ZooHealth {
  /** `unhealthy` where a required model cannot answer, `degraded` where anything else is wrong. */
  readonly status: ZooStatus["health"];
  readonly message: string;
  /** Whether each model is loaded. One that is loaded on demand need not be. */
  readonly models_loaded: Readonly<Record<string, boolean>>;
  readonly loaded_count: number;
  readonly total_count: number;
  /** What is wrong, by model; what concerns no model alone is under `zoo`. */
  readonly errors: Readonly<Record<string, SerialisedModelError>>;
}

/** What a status says of health. */
export function healthOf({ health, models, problems }: ZooStatus): ZooHealth {
  const errors: Record<string, SerialisedModelError> = {};
  for (const { model, error } of models) if (error !== undefined) errors[model] = error;
  for (const problem of problems) {
    const { model = "zoo" } = problem;
    const known = errors[model];
    if (known === undefined) errors[model] = problem;
    // Several that concern no model are told one after the other.
    else if (problem.model === undefined) errors[model] = { ...known, message: `${known.message} ${problem.message}` };
  }
  const loaded = models.filter(({ state }) => state === "ready").map(({ model }) => model);
  return {
    status: health,
    message: messageOf(health, { loaded: loaded.length, total: models.length, errors }),
    models_loaded: Object.fromEntries(models.map(({ model }) => [model, loaded.includes(model)])),
    loaded_count: loaded.length,
    total_count: models.length,
    errors,
  };
}

function messageOf(
  health: ZooStatus["health"],
  { loaded, total, errors }: { loaded: number; total: number; errors: ZooHealth["errors"] },
): string {
  const figures = `${loaded} of ${total} models are loaded`;
  const [first] = Object.entries(errors);
  if (health === "healthy") return total === 0 ? "There are no models." : `${figures}; each can be asked.`;
  const more = Object.keys(errors).length - 1;
  const why = first === undefined ? "a required model is missing" : `${first[0]}: ${first[1].message}`;
  const rest = more > 0 ? ` (and ${more} more)` : "";
  return `${figures}. ${health === "unhealthy" ? "A required model cannot answer" : "Not all is well"}: ${why}${rest}`;
}
