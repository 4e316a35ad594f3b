import { algorithmOf } from "../contract/artifact-digest.ts";
import type { ArtifactDeclaration, Origin } from "../contract/model-spec.ts";
import type { LockedPlugin } from "../lock/zoo-lock.ts";
import type { ManifestModel, ZooManifest } from "./zoo-manifest.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * A manifest as a CycloneDX 1.6 ML-BOM: each model a machine-learning model with its files, each package a library, and who
 * depends on whom. The same manifest gives the same text: it has no time and no serial number.
 */
export function mlBom({ zoo, models, models_used = [] }: ZooManifest): Json {
  const packages = new Map(models.flatMap((model) => model.packages).map((each) => [each.plugin, each]));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", "bom-ref": "zoo", name: zoo } },
    components: [
      ...models.map((model) =>
        modelComponent(
          model,
          models_used.some(({ model_name }) => model_name === model.model_name),
        ),
      ),
      ...[...packages.values()].map(packageComponent),
    ],
    dependencies: [
      { ref: "zoo", dependsOn: models.map(modelRef) },
      ...models.map((model) => ({ ref: modelRef(model), dependsOn: model.packages.map(packageRef) })),
    ],
  };
}

function modelComponent(model: ManifestModel, isUsed: boolean): Json {
  const { model_name: name, model_version: version, weights_digest: digest, description, tasks, origin } = model;
  return {
    ...{ type: "machine-learning-model", "bom-ref": modelRef(model), name, version },
    ...(description === undefined ? {} : { description }),
    ...(digest === undefined ? {} : { hashes: [{ alg: "SHA-256", content: digest.slice("sha256:".length) }] }),
    ...licencesOf(model),
    ...purlOf(model),
    ...(origin === undefined ? {} : { externalReferences: [{ type: "distribution", url: addressOf(origin) }] }),
    modelCard: { modelParameters: { task: tasks.join(", ") } },
    ...(model.artifacts.length === 0 ? {} : { components: model.artifacts.map((each) => fileComponent(model, each)) }),
    properties: properties({
      ...{ role: model.role, runtime: model.runtime, engine: model.engine, precision: model.precision },
      ...{ device: model.device, preprocess_signature: model.preprocess_signature },
      ...{ model_signature: model.model_signature, revision: origin?.revision },
      ...{ training_data_licence: model.licence.training_data?.id, problem: model.problem?.code },
      used: isUsed ? "true" : undefined,
    }),
  };
}

const algorithms = { sha512: "SHA-512", sha1: "SHA-1", md5: "MD5" } as const;

function fileComponent(
  model: ManifestModel,
  { name, path, kind, sha256, digest, size_bytes }: ArtifactDeclaration,
): Json {
  const hashes = [
    ...(sha256 === undefined || kind === "dir" ? [] : [{ alg: "SHA-256", content: sha256 }]),
    ...(digest === undefined
      ? []
      : [{ alg: algorithms[algorithmOf(digest)], content: digest.slice(digest.indexOf(":") + 1) }]),
  ];
  return {
    ...{ type: kind === "dir" ? "data" : "file", "bom-ref": `${modelRef(model)}#${name}`, name: path },
    ...(hashes.length === 0 ? {} : { hashes }),
    properties: properties({
      artifact: name,
      size_bytes: size_bytes === undefined ? undefined : String(size_bytes),
      // It is of the folder's manifest, and of no bytes that anybody else could hash.
      folder_digest: kind === "dir" ? sha256 : undefined,
    }),
  };
}

function packageComponent({ plugin, version, digest }: LockedPlugin): Json {
  const [scope, name] = plugin.startsWith("@") ? plugin.split("/", 2) : [undefined, plugin];
  return {
    ...{
      type: "library",
      "bom-ref": packageRef({ plugin, version }),
      ...(scope === undefined ? {} : { group: scope }),
    },
    ...{ name: name ?? plugin, version },
    purl: `pkg:npm/${scope === undefined ? "" : `${encodeURIComponent(scope)}/`}${encodeURIComponent(name ?? plugin)}@${encodeURIComponent(version)}`,
    ...(digest === undefined ? {} : { properties: properties({ files_digest: digest }) }),
  };
}

/** Nothing is said of a licence that nobody states. */
function licencesOf({ licence: { id, url } }: ManifestModel): Json {
  if (id === "NOASSERTION") return {};
  // A LicenseRef is no identifier of the list; as an expression all are said in one way.
  const isExpression = /^[\w.+()-]+(?: (?:AND|OR|WITH) [\w.+()-]+)*$/.test(id);
  if (isExpression) return { licenses: [{ expression: id }] };
  return { licenses: [{ license: { name: id, ...(url === undefined ? {} : { url }) } }] };
}

function purlOf({ origin }: ManifestModel): Json {
  const hub = origin === undefined ? undefined : hubOf(origin);
  if (hub === undefined || !/^[0-9a-f]{40}$/.test(origin?.revision ?? "")) return {};
  return { purl: `pkg:${hub.host}/${hub.name}@${origin?.revision}` };
}

function addressOf(origin: Origin): string {
  const hub = hubOf(origin);
  if (hub === undefined) return encodeURI(decoded(origin.repository));
  return `https://${hub.host === "github" ? "github.com" : "huggingface.co"}/${hub.name}`;
}

/** Whose repository it is: `acme/model`, `hf:acme/model` or `github:acme/model`; undefined for an address or a folder. */
function hubOf({
  repository,
  host = "huggingface",
}: Origin): (Required<Pick<Origin, "host">> & { name: string }) | undefined {
  const [, scheme, name] = /^(?:(hf|github):)?([\w.-]+\/[\w.-]+)$/.exec(repository) ?? [];
  if (name === undefined) return undefined;
  return { name, host: scheme === undefined ? host : scheme === "github" ? "github" : "huggingface" };
}

function decoded(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

function modelRef({ model_name, model_version }: Pick<ManifestModel, "model_name" | "model_version">): string {
  return `model:${model_name}@${model_version}`;
}

function packageRef({ plugin, version }: LockedPlugin): string {
  return `npm:${plugin}@${version}`;
}

function properties(values: Readonly<Record<string, string | undefined>>): readonly Json[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: `menagerie:${name}`, value }],
  );
}
