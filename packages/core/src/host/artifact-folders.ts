import { ArtifactStore } from "../files/artifact-store.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { artifactsRoot } from "./folders.ts";

/** Where the artifacts of a zoo's models lie. */
export class ArtifactFolders {
  readonly #modelsRoot: string | undefined;

  /** @param modelsRoot folder of the artifacts of specs that name none; undefined where nothing says which */
  constructor(modelsRoot: string | undefined) {
    this.#modelsRoot = modelsRoot;
  }

  /** Absolute. @throws `system_error` where nothing says which */
  folderOf({ spec, file }: CatalogueEntry): string {
    return artifactsRoot(spec, file, this.#modelsRoot);
  }

  /** The files themselves, each verified against its digest before it is handed out. Dispose of it. */
  open(entry: CatalogueEntry): ArtifactStore {
    return new ArtifactStore(entry.spec, this.folderOf(entry));
  }
}
