import { ModelError } from "../../contract/model-error.ts";
import { nameOf, type Resident } from "./resident.ts";

export function closedError(resident: Resident): ModelError {
  return closedModel(nameOf(resident));
}

export function closedModel(model: string): ModelError {
  return new ModelError("zoo_closed", `${model} is no longer served: the zoo is shutting down.`, { model });
}
