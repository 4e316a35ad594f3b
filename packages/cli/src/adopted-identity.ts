import { ModelError, type ModelSpec } from "@menagerie/core";
import { statedLicence, usualRole } from "@menagerie/core/adopt";

export interface IdentityFlags {
  readonly role?: string;
  readonly licence?: string;
}

/** What the model that a checkpoint is like says of itself, and of nobody else. */
export interface AdoptedIdentity {
  readonly role: string;
  readonly licence: ModelSpec["licence"];
  /** What was found and where, for the person who adopts. */
  readonly findings: readonly string[];
  /** What was taken for granted, for the person who adopts. */
  readonly assumptions: readonly string[];
}

/** @throws `input_invalid` for a role that is none */
export function requireRole(role: string | undefined): void {
  if (role !== undefined && !/^[a-z][a-z0-9_]*$/.test(role))
    throw new ModelError("input_invalid", `--role must be lower-case words joined by _, not "${role}".`, {
      details: { role },
    });
}

/**
 * Role and licence of a checkpoint: what the person names, else what its own folder states and what it computes. Nothing is
 * copied from the model that it is like: weights of another origin are not under its licence, nor are they for its purpose.
 * @param tasks those that the checkpoint answers
 */
export async function adoptedIdentity(
  { role, licence }: IdentityFlags,
  folder: string,
  tasks: readonly string[],
): Promise<AdoptedIdentity> {
  const stated = licence === undefined ? await statedLicence(folder) : undefined;
  const usual = usualRole(tasks);
  return {
    role: role ?? usual,
    licence: { id: licence ?? stated?.id ?? "NOASSERTION", ...(stated?.url === undefined ? {} : { url: stated.url }) },
    findings: stated === undefined ? [] : [`the licence is ${stated.id}: its README.md says ${stated.said}`],
    assumptions: [
      ...(role === undefined ? [`the role is ${usual}, as it answers ${tasks[0]}; name another: --role`] : []),
      ...(licence === undefined && stated === undefined
        ? ["nothing in the folder states a licence (NOASSERTION); name it by its SPDX identifier: --licence Apache-2.0"]
        : []),
    ],
  };
}
