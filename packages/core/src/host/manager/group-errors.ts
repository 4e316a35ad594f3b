import { ModelError } from "../../contract/model-error.ts";
import { nameOf, type Resident } from "./resident.ts";

/** Why a model could not be loaded: in a group, by the name of the member that it is the fault of. */
export function loadErrorOf(member: Resident, cause: ModelError): ModelError {
  const { group } = member.unit;
  const model = nameOf(member);
  if (group === undefined || cause.model === model) return cause;
  const { code, message, details } = cause;
  // Nobody's fault, or one that nobody knows.
  if (cause.model === undefined) return new ModelError(code, message, { model, details: { ...details, group }, cause });
  return new ModelError(
    code,
    `${model} could not be loaded, because it shares a runner with ${cause.model}, which could not be: ${message} ` +
      `Mend that, or take "group: ${group}" from one of their lines of the zoo spec.`,
    { model, details: { ...details, group, failed_model: cause.model }, cause },
  );
}

/** A crash under one model of a group, told with the models that it took along. */
export function sharedCrash(member: Resident, error: ModelError): ModelError {
  const { group, members } = member.unit;
  if (group === undefined || error.code !== "runner_crashed") return error;
  const model = nameOf(member);
  const others = members.filter((other) => other !== member).map(nameOf);
  if (others.length === 0) return error;
  return new ModelError(
    error.code,
    `${error.message} It is the runner of all of group "${group}": ${others.join(" and ")} ended with it.`,
    { model, details: { ...error.details, group, shared_with: others }, cause: error.cause ?? error },
  );
}
