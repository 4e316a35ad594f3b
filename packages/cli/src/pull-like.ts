import { ModelError, type ModelSpec } from "@menagerie/core";
import { repositoryPath, type SourceRepository } from "@menagerie/pull";

/** What `zoo adopt` reads of a folder, beside its graphs. */
const readings =
  /^(?:(?:config|preprocessor_config|processor_config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|vocabulary|open_clip_config|quantize_config)\.json|merges\.txt|vocab\.txt|classes\.txt|labels\.txt|args\.yaml)$/;

const externalData = /(?:\.onnx_data(?:_\d+)?|\.onnx\.data)$/;

/**
 * The spec of a checkpoint that is still to be adopted: the files of it that a family needs, in a folder of its own.
 * @param like a model of the same family, in the precision that is meant
 * @throws `artifact_outside_root` for a file name that leaves its folder
 */
export async function checkpointSpec(
  repository: SourceRepository,
  address: string,
  like: ModelSpec,
): Promise<{ readonly spec: ModelSpec; readonly folder: string }> {
  const folder = folderName(address);
  const wanted = like.local_artifacts.map((artifact) => repositoryPath(like, artifact));
  const listed = repository.files?.map(({ path }) => path);
  const graphs = wanted.filter((path) => path.endsWith(".onnx"));
  const others = listed ?? (await thoseThere(repository, [...usual, ...wanted]));
  // Of a family whose usual graphs are not there, an only graph may be meant.
  const own = graphs.filter((path) => others.includes(path));
  const only = others.filter((path) => path.endsWith(".onnx"));
  const taken = own.length === 0 && graphs.length === 1 && only.length === 1 ? only : graphs;
  const beside = others.filter(
    (path) => readings.test(path) || (externalData.test(path) && taken.some((graph) => path.startsWith(stem(graph)))),
  );
  const paths = [...new Set([...taken, ...beside, ...wanted.filter((path) => others.includes(path))])];
  for (const path of [...paths, ...(listed ?? [])]) requireInside(path, repository);
  const { training_data: _, ...licence } = like.licence;
  return {
    folder,
    spec: {
      ...like,
      model_name: folder
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-|-$/g, ""),
      licence: { ...licence, id: repository.licence ?? "NOASSERTION" },
      local_artifacts: paths.map((path, i) => ({ name: `file_${i}`, path: `${folder}/${path}`, kind: "file" })),
      origin: { repository: repository.repository, revision: repository.revision },
    },
  };
}

const usual = [
  "config.json",
  "preprocessor_config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
];

async function thoseThere(repository: SourceRepository, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of new Set(paths)) if ((await repository.file(path)) !== undefined) found.push(path);
  return found;
}

function stem(graph: string): string {
  return graph.replace(/\.onnx$/, "");
}

function folderName(address: string): string {
  const name =
    address
      .replace(/@[^@/]*$/, "")
      .replace(/[/?#]+$/, "")
      .split(/[/:]/)
      .at(-1) ?? "";
  const plain = name.replaceAll(/[^\w.-]/g, "-").replace(/^\.+/, "");
  if (/[a-z0-9]/i.test(plain)) return plain;
  throw new ModelError("input_invalid", `${address} has no name for a folder: let it end with one.`);
}

function requireInside(path: string, { repository }: SourceRepository): void {
  if (!path.split(/[\\/]/).includes("..") && !/^(?:[\\/]|[a-z]:)/i.test(path)) return;
  throw new ModelError(
    "artifact_outside_root",
    `${repository} has a file called "${path}", which would leave its folder. Nothing was fetched: do not trust this repository.`,
    { details: { path } },
  );
}
