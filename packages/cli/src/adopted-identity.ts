import { ModelError, type ModelSpec } from "@menagerie/core";

export interface IdentityFlags {
  readonly role?: string;
  readonly licence?: string;
}

/** What no file of a checkpoint says of it, and a person does or leaves to be taken for granted. */
export interface AdoptedIdentity {
  readonly role: string;
  readonly licence: ModelSpec["licence"];
  /** What was taken for granted, for the person who adopts. */
  readonly assumptions: readonly string[];
}

/**
 * The role is that of the model that the checkpoint is like, the licence unknown, unless the person names them: weights of
 * another origin are not under the licence of those they resemble.
 * @throws `input_invalid` for a role that is none
 */
export function adoptedIdentity({ role, licence }: IdentityFlags, like: ModelSpec): AdoptedIdentity {
  if (role !== undefined && !/^[a-z][a-z0-9_]*$/.test(role))
    throw new ModelError("input_invalid", `--role must be lower-case words joined by _, not "${role}".`, {
      details: { role },
    });
  const assumptions = [
    ...(role === undefined ? [`the role is ${like.role}, as ${like.model_name} has it; name another: --role`] : []),
    ...(licence === undefined
      ? ["the licence is not known (LicenseRef-unknown); name it by its SPDX identifier: --licence Apache-2.0"]
      : []),
  ];
  return { role: role ?? like.role, licence: { id: licence ?? "LicenseRef-unknown" }, assumptions };
}
