import type { ModelsUsedEntry, ResolvedModel } from "@menagerie/core";

/** What is said of a model that is loaded: enough to compute its signature, and that of its answers, again. */
export interface LoadedBody {
  readonly model: string;
  readonly models_used: readonly ModelsUsedEntry[];
  readonly model_signature: string;
  readonly recipe: ResolvedModel["recipe"];
  readonly spec: ResolvedModel["spec"];
}

export function loadedBody({ spec, recipe, modelsUsedEntry, modelSignature }: ResolvedModel): LoadedBody {
  const { model_name: model } = modelsUsedEntry;
  return { model, models_used: [modelsUsedEntry], model_signature: modelSignature, recipe, spec };
}
