import { ModelError } from "../../contract/model-error.ts";
import { nameOf, type Resident, type ResidentUnit } from "./resident.ts";

export function closedError(resident: Resident): ModelError {
  const model = nameOf(resident);
  return new ModelError("zoo_closed", `${model} is no longer served: the zoo is shutting down.`, { model });
}

/** The same of a load, which may be of several models. */
export function closedLoad({ name }: ResidentUnit): ModelError {
  return new ModelError("zoo_closed", `The load of ${name} was given up: the zoo is shutting down.`);
}
