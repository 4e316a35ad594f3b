import type { EngineReference, ModuleReference } from "../runner/runner.ts";

/** What a runner imports to load one model. */
export interface ModelModules {
  readonly plugin: ModuleReference;
  readonly engines: readonly EngineReference[];
}
