import type { Digest } from "../contract/canonical-json.ts";
import type { Device } from "../contract/device.ts";
import { isModelError, ModelError, type SerialisedModelError, toModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, Licence, Origin } from "../contract/model-spec.ts";
import { preprocessSignature } from "../contract/recipe.ts";
import type { ModelsUsedEntry } from "../contract/resolved-model.ts";
import { weightsDigest } from "../contract/weights-digest.ts";
import type { LockedPlugin } from "../lock/zoo-lock.ts";
import type { SignedAnswer } from "../zoo/answer.ts";
import type { Catalogue } from "./catalogue.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { CatalogueToken, InstalledPackagesToken } from "./services.ts";

/** What a zoo means by its models: data, for people who must be able to say later what gave an answer. */
export interface ZooManifest {
  readonly menagerie_manifest: 1;
  readonly zoo: string;
  /** Which model each role stands for. */
  readonly roles: ResolvedModelMapping;
  /** Roles that several models have and that are bound to none, with those models. */
  readonly ambiguous_roles: Readonly<Record<string, readonly string[]>>;
  readonly models: readonly ManifestModel[];
  /** After a run: what gave its answers, each once. */
  readonly models_used?: readonly SignedModel[] | undefined;
}

/** Model by role. */
export type ResolvedModelMapping = Readonly<Record<string, Partial<SignedModel>>>;

export interface SignedModel extends ModelsUsedEntry {
  readonly model_signature: Digest;
}

/** One model as it is resolved here. What cannot be settled is left out, and `problem` says why. */
export interface ManifestModel extends Partial<SignedModel> {
  readonly model_name: string;
  readonly model_version: string;
  readonly role: string;
  readonly tasks: readonly string[];
  readonly description?: string | undefined;
  readonly preprocess_signature?: Digest | undefined;
  readonly licence: Licence;
  readonly origin?: Origin | undefined;
  readonly artifacts: readonly ArtifactDeclaration[];
  /** The packages that run it, as they are installed. */
  readonly packages: readonly LockedPlugin[];
  readonly problem?: SerialisedModelError | undefined;
}

export interface ManifestOptions {
  /** Names or roles; default: every model of the zoo. */
  readonly models?: readonly string[] | undefined;
  /** Loads each model for its `model_signature`, which only a load settles. Default: false. */
  readonly load?: boolean | undefined;
  /** Answers whose models are told as used. */
  readonly answers?: readonly Pick<SignedAnswer<string, unknown>, "models_used" | "model_signature">[] | undefined;
}

/**
 * The resolved mapping of a zoo. One model that cannot be settled does not keep the others out.
 * @throws `model_not_found`, `role_ambiguous` for what is named and is not there
 */
export async function zooManifest(zoo: LocalZoo, options: ManifestOptions = {}): Promise<ZooManifest> {
  const { models: named, load = false, answers } = options;
  const catalogue = zoo.service(CatalogueToken);
  const meant = named === undefined ? catalogue.entries : [...new Set(named.map((name) => catalogue.find(name)))];
  const used = answers?.flatMap(({ models_used, model_signature }) =>
    models_used.map((entry): SignedModel => ({ ...entry, model_signature })),
  );
  const signed = new Map(used?.map((entry) => [entry.model_name, entry]));
  const models: ManifestModel[] = [];
  for (const entry of [...meant].sort((a, b) => (a.spec.model_name < b.spec.model_name ? -1 : 1)))
    models.push(await manifestModel(zoo, entry, load, signed.get(entry.spec.model_name)));
  const roles = rolesOf(catalogue, models);
  return {
    ...{ menagerie_manifest: 1, zoo: zoo.name, ...roles, models },
    ...(used === undefined
      ? {}
      : { models_used: [...new Map(used.map((each) => [JSON.stringify(each), each])).values()] }),
  };
}

async function manifestModel(
  zoo: LocalZoo,
  entry: CatalogueEntry,
  load: boolean,
  signed: SignedModel | undefined,
): Promise<ManifestModel> {
  const { spec } = entry;
  const problems: ModelError[] = [];
  const settled = async <T>(work: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.push(isModelError(error) ? error : toModelError(error));
      return undefined;
    }
  };
  const digest = await settled(() => pinnedDigest(entry));
  const preprocessing = await settled(() => preprocessSignature(spec));
  const packages = await settled(() => zoo.service(InstalledPackagesToken).look().of(entry));
  const device = zoo.status().models.find(({ model }) => model === spec.model_name)?.device;
  const loaded = signed ?? (load ? await settled(() => loadedModel(zoo, spec.model_name)) : undefined);
  const { model_name, model_version, runtime, engine, precision } = spec;
  return {
    ...{ model_name, model_version, role: spec.role, tasks: spec.tasks },
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(digest === undefined ? {} : { weights_digest: digest }),
    ...{ runtime, engine, precision, ...deviceOf(loaded?.device ?? device) },
    ...(preprocessing === undefined ? {} : { preprocess_signature: preprocessing }),
    ...(loaded === undefined ? {} : { model_signature: loaded.model_signature }),
    licence: spec.licence,
    ...(spec.origin === undefined ? {} : { origin: spec.origin }),
    artifacts: spec.local_artifacts,
    packages: packages ?? [],
    ...(problems[0] === undefined ? {} : { problem: problems[0].toJSON() }),
  };
}

/** @throws `weights_unpinned`: a digest over what is not pinned would say nothing */
function pinnedDigest({ spec }: CatalogueEntry): Digest {
  const open = spec.local_artifacts.find(({ sha256, digest }) => sha256 === undefined && digest === undefined);
  if (open === undefined) return weightsDigest(spec);
  const { model_name: model } = spec;
  throw new ModelError(
    "weights_unpinned",
    `${model}: the artifact "${open.name}" (${open.path}) is pinned neither by its spec nor by the lock. Pin the files that you have: \`zoo lock ${model}\`, or fetch them: \`zoo pull ${model}\`.`,
    { model, details: { artifact: open.name } },
  );
}

async function loadedModel(zoo: LocalZoo, name: string): Promise<SignedModel> {
  await using lease = await zoo.get(name);
  const { modelsUsedEntry, modelSignature } = lease.model;
  return { ...modelsUsedEntry, model_signature: modelSignature };
}

function deviceOf(device: Device | undefined): { readonly device?: Device } {
  return device === undefined ? {} : { device };
}

function rolesOf(
  catalogue: Catalogue,
  models: readonly ManifestModel[],
): Pick<ZooManifest, "roles" | "ambiguous_roles"> {
  const roles: Record<string, Partial<SignedModel>> = {};
  const ambiguous: Record<string, readonly string[]> = {};
  for (const role of [...new Set(models.map((model) => model.role))].sort()) {
    const meant = catalogue.modelNamed(role);
    const model = models.find(({ model_name }) => model_name === meant);
    if (model !== undefined) roles[role] = signedPart(model);
    else if (meant === undefined)
      ambiguous[role] = catalogue.entries.filter(({ spec }) => spec.role === role).map(({ spec }) => spec.model_name);
  }
  return { roles, ambiguous_roles: ambiguous };
}

function signedPart(model: ManifestModel): Partial<SignedModel> {
  const keys = [
    ...(["model_name", "model_version", "weights_digest", "runtime", "engine", "precision", "device"] as const),
    ...(["model_signature"] as const),
  ];
  return Object.fromEntries(keys.flatMap((key) => (model[key] === undefined ? [] : [[key, model[key]]])));
}
