import type { Device } from "@menagerie/core";
import { contextFor, type LoadContext, type ModelProvider } from "@menagerie/core/loader";
import type { ModelInFolder } from "./adopted-model.ts";

/** What a loader is given for a model in a folder: one thread, nothing prepared, and no one who reads its log. */
export function contextOf(
  { spec, artifactsRoot }: ModelInFolder,
  providers: readonly ModelProvider<object>[],
  device: Device = "cpu",
): LoadContext {
  return contextFor({ spec, device, artifacts: artifactsRoot, providers });
}
