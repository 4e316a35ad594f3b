import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type ErrorCode, ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { parseModelSpecs } from "../contract/model-variants.ts";
import { describeIssues, plainWords } from "../contract/schema-issue.ts";
import { systemError } from "../contract/system-error.ts";
import { type ZooSpec, zooSpecSchema } from "./zoo-spec.ts";

/** The ModelSpecs that a YAML file declares, variants included. @throws `model_spec_invalid` naming the file and each faulty key */
export async function readModelSpecs(file: string): Promise<readonly ModelSpec[]> {
  return parseModelSpecs(await readYaml(file, "model_spec_invalid"), file);
}

/** The one of that name among them. @throws `model_spec_invalid` naming those that there are */
export async function readModelSpec(file: string, name: string): Promise<ModelSpec> {
  const specs = await readModelSpecs(file);
  const spec = specs.find(({ model_name }) => model_name === name);
  if (spec !== undefined) return spec;
  const declared = specs.map(({ model_name }) => model_name);
  throw new ModelError(
    "model_spec_invalid",
    `${file} declares ${declared.map((other) => `"${other}"`).join(", ")}, and no "${name}". Ask for one of these.`,
    { model: name, details: { file, declared } },
  );
}

/** The zoo spec in a YAML file. @throws `zoo_spec_invalid` naming the file and each faulty key */
export async function readZooSpec(file: string): Promise<ZooSpec> {
  return parseZooSpec(await readYaml(file, "zoo_spec_invalid"), file);
}

export function parseZooSpec(value: unknown, where: string): ZooSpec {
  const result = zooSpecSchema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  const problems = describeIssues(zooSpecSchema, result.error);
  throw new ModelError("zoo_spec_invalid", `${where} is not a valid zoo spec: ${problems.join("; ")}.`, {
    details: { file: where, problems },
  });
}

/** What a file of YAML or JSON says. @param code of the error for what is none */
export async function readYaml(file: string, code: ErrorCode): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw systemError(`${resolve(file)} cannot be read`, cause, { code, details: { file } });
  });
  // Not before it is needed: where it was bundled into a module its import fails, and what `requirePlace` says comes first.
  const { parse } = await import("yaml");
  try {
    return parse(text, { prettyErrors: true });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    const said = message.replace(/[:.\s]+$/, "");
    throw new ModelError(code, `${resolve(file)} is not valid YAML: ${said}.`, { details: { file }, cause });
  }
}
