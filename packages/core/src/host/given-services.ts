import type { ServiceDefinition } from "../container/container.ts";
import { ModelError } from "../contract/model-error.ts";
import { requireKnownOptions } from "../zoo/known-options.ts";

const parts: readonly (keyof ServiceDefinition)[] = ["token", "needs", "create", "start", "stop"];

/**
 * The services that an application gave.
 * @throws `zoo_spec_invalid` for what `provide` did not make, and for an option of it that does not exist: it would be left out in silence
 */
export function requireServices(services: unknown = []): readonly ServiceDefinition[] {
  if (!Array.isArray(services))
    throw new ModelError("zoo_spec_invalid", `"services" is a list of what provide(token, create) gives.`);
  for (const [i, service] of services.entries()) {
    const { token, create, needs } = Object(service) as Partial<ServiceDefinition>;
    const isToken = (one: unknown): boolean => typeof (Object(one) as { symbol?: unknown }).symbol === "symbol";
    if (!isToken(token) || typeof create !== "function" || !Array.isArray(needs) || !needs.every(isToken))
      throw new ModelError(
        "zoo_spec_invalid",
        `services[${i}] is not what provide(token, create, { needs, start, stop }) makes of tokens of serviceToken(name).`,
        { details: { index: i } },
      );
    requireKnownOptions(service, parts, `The service ${token?.name}`, "zoo_spec_invalid");
  }
  return services as ServiceDefinition[];
}
