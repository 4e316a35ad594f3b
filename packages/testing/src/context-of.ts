import {
  ArtifactStore,
  createLoadContext,
  type Device,
  type LoadContext,
  logTo,
  type ModelProvider,
} from "@menagerie/core";
import type { ModelInFolder } from "./adopted-model.ts";

/** What a loader is given for a model in a folder: one thread, nothing prepared, and no one who reads its log. */
export function contextOf(
  { spec, artifactsRoot }: ModelInFolder,
  providers: readonly ModelProvider[],
  device: Device = "cpu",
): LoadContext {
  const artifacts = new ArtifactStore(spec, artifactsRoot);
  return createLoadContext({ spec, device, artifacts, log: logTo(() => {}), providers, threads: 1 });
}
