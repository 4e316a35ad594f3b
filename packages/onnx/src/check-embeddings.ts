import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { AdoptedGraph } from "./adopted-graph.ts";

type Graph = Pick<AdoptedGraph, "file" | "header">;

/**
 * Holds a text tower to its configuration where its axes say nothing: to the rows of its tables of places and of tokens. An
 * export that has these under other names is not looked at.
 * @throws ModelError `checkpoint_invalid` naming the file, the table and both numbers
 */
export function checkTextEmbeddings(
  folder: CheckpointFolder,
  graph: Graph,
  { positions, vocabularySize }: { readonly positions: number; readonly vocabularySize: number },
): void {
  checkRows(folder, graph, "text_model.embeddings.position_embedding.weight", positions, "max_position_embeddings");
  checkRows(folder, graph, "text_model.embeddings.token_embedding.weight", vocabularySize, "vocab_size");
}

/**
 * Holds a vision tower of square pictures to their size in the same way: by its table of places, one of them for the whole
 * picture, and the size of its patches.
 * @param side of a picture, in pixels
 * @throws ModelError `checkpoint_invalid`
 */
export function checkVisionEmbeddings(folder: CheckpointFolder, graph: Graph, side: number): void {
  const patch = tableOf(graph, "vision_model.embeddings.patch_embedding.weight")?.sizes[2];
  if (patch === undefined) return;
  const places = Math.floor(side / patch) ** 2 + 1;
  checkRows(folder, graph, "vision_model.embeddings.position_embedding.weight", places, `image_size ${side}: places`);
}

function checkRows(folder: CheckpointFolder, graph: Graph, table: string, rows: number, key: string): void {
  const found = tableOf(graph, table);
  if (found === undefined || found.sizes[0] === rows) return;
  throw folder.refusal(
    graph.file,
    found.name,
    `has ${found.sizes[0]} rows, by config.json (${key}) they would be ${rows}: the graph is another model's`,
  );
}

/** Rows of a table that an export has; undefined where it has none of that name. */
export function embeddingRows(graph: Graph, table: string): number | undefined {
  return tableOf(graph, table)?.sizes[0];
}

/** Exporters put the name of whatever they wrapped before it. */
function tableOf({ header }: Graph, table: string): { name: string; sizes: readonly number[] } | undefined {
  const found = Object.entries(header.embeddings).find(([name]) => name === table || name.endsWith(`.${table}`));
  return found === undefined ? undefined : { name: found[0], sizes: found[1] };
}
