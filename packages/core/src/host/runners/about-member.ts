import { aboutModel, toModelError } from "../../contract/model-error.ts";
import type { LoadRequest } from "../../runner/runner.ts";

/** What a step of a load fails with is about the model that it was for. */
export async function aboutMember<T>({ spec }: LoadRequest, step: () => Promise<T>): Promise<T> {
  const model = spec.model_name;
  try {
    return await step();
  } catch (error) {
    throw aboutModel(toModelError(error, "model_load_failed", model), model);
  }
}
