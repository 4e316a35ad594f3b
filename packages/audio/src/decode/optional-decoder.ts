import { ModelError } from "@menagerie/core";

/**
 * A decoder that its user installs: `load` imports it, at first use only.
 *
 * @throws ModelError `dependency_missing` naming the command that installs it.
 */
export async function optionalDecoder<Module>(
  name: string,
  format: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new ModelError(
      "dependency_missing",
      `${format} recordings are decoded by the package ${name}, which is not installed or does not load. Run: npm install ${name}`,
      { details: { package: name }, cause },
    );
  }
}
