import type { ModelSpec, ModelsUsedEntry, Recipe, ResolvedModel } from "@menagerie/core";

/** What a served zoo says of a model that it has loaded. */
export interface LoadedBody {
  readonly models_used: readonly [ModelsUsedEntry];
  readonly model_signature: ResolvedModel["modelSignature"];
  readonly recipe: Recipe;
  readonly spec: ModelSpec;
}

export function resolvedModel({ models_used: [entry], model_signature, recipe, spec }: LoadedBody): ResolvedModel {
  return { spec, device: entry.device, modelsUsedEntry: entry, recipe, modelSignature: model_signature };
}
