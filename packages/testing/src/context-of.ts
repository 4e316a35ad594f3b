import { type Device, logTo } from "@menagerie/core";
import { ArtifactStore, createLoadContext, type LoadContext, type ModelProvider } from "@menagerie/core/loader";
import type { ModelInFolder } from "./adopted-model.ts";

/** What a loader is given for a model in a folder: one thread, nothing prepared, and no one who reads its log. */
export function contextOf(
  { spec, artifactsRoot }: ModelInFolder,
  providers: readonly ModelProvider<object>[],
  device: Device = "cpu",
): LoadContext {
  const artifacts = new ArtifactStore(spec, artifactsRoot);
  return createLoadContext({ spec, device, artifacts, log: logTo(() => {}), providers, threads: 1 });
}
