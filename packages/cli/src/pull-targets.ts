import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ModelError, type ModelSpec } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { schemeOf } from "@menagerie/pull";

/** What the words of a pull mean. */
export interface PullTargets {
  /** Names or roles of models. */
  readonly models: readonly string[];
  /** A zoo spec, all of whose models are meant. */
  readonly zooSpec: string | undefined;
  /** Where a checkpoint of one's own lies: `hf:acme/clip`, an address. */
  readonly address: string | undefined;
}

/** @throws `input_invalid` for words that do not go together */
export function pullTargets(words: readonly string[], standing: string, like: string | undefined): PullTargets {
  const specs = words.filter((word) => /\.ya?ml$/i.test(word) && schemeOf(word) === undefined);
  const addresses = words.filter((word) => schemeOf(word) !== undefined);
  const models = words.filter((word) => !specs.includes(word) && !addresses.includes(word));
  const [zooSpec, address] = [specs[0], addresses[0]];
  if (addresses.length + Number(specs.length > 0) + Number(models.length > 0) > 1 || specs.length > 1)
    throw new ModelError("input_invalid", "Name models, or one zoo spec, or one address; not several of these.");
  if (address !== undefined && like === undefined)
    throw new ModelError(
      "input_invalid",
      `${address} is a checkpoint of its own: say of which family with --like MODEL. Another place for the files of a known model is named with --from: zoo pull MODEL --from ${address}`,
    );
  if (address === undefined && like !== undefined)
    throw new ModelError("input_invalid", "--like goes with an address: zoo pull hf:OWNER/NAME --like MODEL");
  if (words.length > 0) return { models, zooSpec: zooSpec === undefined ? undefined : resolve(zooSpec), address };
  if (existsSync(standing)) return { models, zooSpec: standing, address };
  throw new ModelError("input_invalid", "Name a model (`zoo ls` lists them), a zoo spec or an address: zoo pull MODEL");
}

/** The specs that are meant, of the precision that is asked for. @throws `model_not_found` where there is none of it */
export function meantSpecs(zoo: LocalZoo, names: readonly string[], precision: string | undefined): ModelSpec[] {
  return names.map((name) => {
    const spec = zoo.find(name);
    if (precision === undefined || spec.precision === precision) return spec;
    const variant = zoo.models.find(({ model_name }) => model_name === `${spec.model_name}-${precision}`);
    if (variant !== undefined) return variant;
    const others = zoo.models.filter(({ model_name }) => model_name.startsWith(`${spec.model_name}-`));
    const known = [spec, ...others].map((one) => one.precision).join(", ");
    throw new ModelError("model_not_found", `${spec.model_name} is not there in ${precision}: it is in ${known}.`, {
      model: spec.model_name,
      details: { precision },
    });
  });
}
