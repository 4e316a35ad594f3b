import { z } from "zod";
import { taskNameSchema } from "../tasks/task-document.ts";
import { taskNames } from "../tasks/vocabulary.ts";
import { type ArtifactDigest, artifactDigestSchema } from "./artifact-digest.ts";
import type { Digest } from "./canonical-json.ts";
import { type DevicePolicy, devicePolicySchema } from "./device.ts";
import { engineWord } from "./engine-manifest.ts";
import { loaderPattern } from "./loader-name.ts";
import { type Preprocessing, preprocessingSchema } from "./preprocessing.ts";
import { type TensorDeclaration, tensorDeclarationSchema } from "./tensor.ts";

/** The declaration of one model: data, readable without running code. Keys are those of the YAML file. */
export interface ModelSpec {
  model_name: string;
  /** Version of the weights, as their publisher counts. */
  model_version: string;
  /** What the model is for in a pipeline, e.g. `image_embedding`; several models may share a role. */
  role: string;
  description?: string | undefined;
  /** Names of tasks: core's, or those of a plugin. */
  tasks: string[];
  /** npm name of the plugin that has the loader; default: the package that carries this file. */
  plugin?: string | undefined;
  /**
   * Name under which the plugin registers the loader's class, or behind its npm name one of a kit that the plugin depends
   * on: `@menagerie/vision#image-classifier`.
   */
  loader: string;
  /** Where the engine runs: `inprocess` (the model's runner), or another word that an installed engine declares. */
  runtime: string;
  /** What opens the graphs: a word that an installed engine declares. `js` is a model that its plugin computes by itself. */
  engine: string;
  /** Of the weights: a word that the engine declares. */
  precision: string;
  device_policy: DevicePolicy;
  /** Folder of the artifacts, absolute or relative to this file; default: `${DP_MODELS_ROOT}`. */
  artifacts_root?: string | undefined;
  local_artifacts: ArtifactDeclaration[];
  /** One digest over all artifacts: computed from their own (`auto`), pinned here, or vouched for by a remote server. */
  weights_digest: "auto" | "provided_by_deploy" | Digest;
  preprocess_preset?: string | undefined;
  preprocessing: Preprocessing;
  /** Digest of `preprocessing`: computed (`auto`), or pinned so that an edit is refused. */
  preprocess_signature: "auto" | Digest;
  /** Graph by name: which artifact holds it. */
  graphs: Record<string, GraphDeclaration>;
  /** Inputs by graph and tensor name. */
  input_schema: Record<string, Record<string, TensorDeclaration>>;
  output_schema: Record<string, Record<string, TensorDeclaration>>;
  resource_requirements: ResourceRequirements;
  /** Candidate or class labels, in the order of the model's outputs. */
  labels?: string[] | undefined;
  /** Numbers and words that only this family of models understands, checked by its loader. */
  parameters: Record<string, unknown>;
  golden: GoldenTest[];
  licence: Licence;
  origin?: Origin | undefined;
  /** What people want to know beside: `tags`, `rating`, `recommended_use`, `author` or anything else. Decides nothing, and is not signed. */
  metadata?: Record<string, unknown> | undefined;
}

export interface ArtifactDeclaration {
  name: string;
  /** Relative to the folder of artifacts, with forward slashes; never leaves it. */
  path: string;
  kind: "file" | "dir";
  /** Of a folder, that of its manifest. */
  sha256?: string | undefined;
  /** What the publisher gives in its place: `sha512:…`, or `sha1:…` and `md5:…`, which are weak. Files alone have one. */
  digest?: ArtifactDigest | undefined;
  size_bytes?: number | undefined;
}

export interface GraphDeclaration {
  artifact: string;
  /** Axis along which several requests may be joined; default: none. */
  batch_axis?: number | undefined;
  /** Other artifacts that the graph's file refers to (external weights). */
  external_data?: string[] | undefined;
}

export interface ResourceRequirements {
  /** Megabytes (10^6 bytes) of device memory once loaded, largest run included. */
  vram_mb: number;
  /** Megabytes (10^6 bytes) of main memory when the model runs on the CPU. */
  ram_mb: number;
  max_batch: number;
  /** Requests that the model works on at the same time; default: 1. */
  concurrency?: number | undefined;
}

/** A question with a known answer, asked after each load; another answer is `self_test_failed`. */
export interface GoldenTest {
  task: string;
  /** Plain values, and for pictures and recordings the path of a file beside the artifacts. */
  input: Record<string, unknown>;
  /** JSON file beside the artifacts that holds the expected output, or a part of it. */
  output: string;
  /** Largest absolute difference of any number. */
  tolerance: number;
}

/** What the weights may be used for, and the data that they were trained on where that is another licence. */
export interface Licence {
  /** SPDX identifier. */
  id: string;
  url?: string | undefined;
  training_data?: { id: string; url?: string | undefined } | undefined;
}

export interface Origin {
  /** `OWNER/NAME`, or an address. */
  repository: string;
  revision?: string | undefined;
  /** Whose repository it is; default: huggingface. */
  host?: "huggingface" | "github" | undefined;
  /** Path in the repository by artifact, where it is not the artifact's without its first folder. */
  files?: Record<string, string> | undefined;
}

const name = z.string().regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "must be lower-case words joined by - . or _");
const digest = z.templateLiteral(["sha256:", z.string().regex(/^[0-9a-f]{64}$/)]);
/** Which tasks there are is the zoo's to say: plugins bring their own. */
const taskName = taskNameSchema.meta({ examples: [...taskNames] });

export const relativePathSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .refine(
    (path) => !/^(?:[a-z]:|[\\/])/i.test(path) && !path.split(/[\\/]/).includes(".."),
    "must stay inside the folder of models",
  );
const tensors = z.record(z.string(), z.record(z.string(), tensorDeclarationSchema));

export const modelSpecShape: { [Key in keyof ModelSpec]-?: z.ZodType<ModelSpec[Key]> } = {
  model_name: name.max(100),
  model_version: z.string().min(1),
  role: z.string().regex(/^[a-z][a-z0-9_]*$/),
  description: z.string().optional(),
  tasks: z.array(taskName).min(1),
  plugin: z.string().optional(),
  loader: z.string().regex(loaderPattern, "must be a loader's name, or PACKAGE#LOADER for a kit's"),
  runtime: engineWord,
  engine: engineWord,
  precision: engineWord,
  device_policy: devicePolicySchema,
  artifacts_root: z.string().min(1).optional(),
  local_artifacts: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9_]*$/),
        path: relativePathSchema,
        kind: z.enum(["file", "dir"]).default("file"),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits")
          .optional(),
        digest: artifactDigestSchema.optional(),
        size_bytes: z.int().positive().optional(),
      }),
    )
    .refine(
      (artifacts) => artifacts.every(({ kind, digest }) => kind === "file" || digest === undefined),
      "a folder is pinned by its sha256: `zoo lock` writes it",
    )
    .refine(
      (artifacts) => new Set(artifacts.map((a) => a.name)).size === artifacts.length,
      "two artifacts carry one name",
    ),
  weights_digest: z.union([z.enum(["auto", "provided_by_deploy"]), digest]).default("auto") as z.ZodType<
    ModelSpec["weights_digest"]
  >,
  preprocess_preset: z.string().optional(),
  preprocessing: preprocessingSchema.default({}),
  preprocess_signature: z.union([z.literal("auto"), digest]).default("auto") as z.ZodType<
    ModelSpec["preprocess_signature"]
  >,
  graphs: z
    .record(
      z.string(),
      z.strictObject({
        artifact: z.string(),
        batch_axis: z.int().nonnegative().optional(),
        external_data: z.array(z.string()).optional(),
      }),
    )
    .default({}),
  input_schema: tensors.default({}),
  output_schema: tensors.default({}),
  resource_requirements: z.strictObject({
    vram_mb: z.number().nonnegative(),
    ram_mb: z.number().positive(),
    max_batch: z.int().positive().default(1),
    concurrency: z.int().positive().optional(),
  }),
  labels: z.array(z.string()).optional(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  golden: z
    .array(
      z.strictObject({
        task: taskName,
        input: z.record(z.string(), z.unknown()),
        output: relativePathSchema,
        tolerance: z.number().positive(),
      }),
    )
    .default([]),
  licence: z.strictObject({
    id: z.string().min(1),
    url: z.string().optional(),
    training_data: z.strictObject({ id: z.string().min(1), url: z.string().optional() }).optional(),
  }),
  origin: z
    .strictObject({
      repository: z.string(),
      revision: z.string().optional(),
      host: z.enum(["huggingface", "github"]).optional(),
      files: z.record(z.string(), relativePathSchema).optional(),
    })
    .optional(),
  metadata: z.record(z.string(), z.json()).optional(),
};

export const modelSpecSchema: z.ZodType<ModelSpec> = z.strictObject(modelSpecShape);
