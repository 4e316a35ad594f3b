import { ModelError } from "@menagerie/core";
import { type LocalZoo, type ServiceToken, serviceToken } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";
import { manyRoutes } from "./many-routes.ts";
import { modelRoutes } from "./model-routes.ts";
import { taskRoutes } from "./task-routes.ts";
import type { AnswerMetrics } from "./zoo-metrics.ts";

/** What a dialect speaks for. */
export interface DialectContext {
  readonly zoo: LocalZoo;
  /** Counts questions and answers by model, task and result. */
  readonly metrics: AnswerMetrics;
}

/**
 * One way to speak to a zoo over HTTP. Its routes stand beside those that every server has (`/`, health, metrics, OpenAPI),
 * in a scope of their own: hooks, parsers and an error handler that it sets hold for its routes alone. Token, limits,
 * request ids and closing are the server's and hold for all.
 */
export interface ServerDialect {
  /** Lower-case words joined by "-"; one server speaks no two dialects of one name. */
  readonly name: string;
  register(server: FastifyInstance, context: DialectContext): void | Promise<void>;
}

/** What `createServer` speaks: the zoo's own service under this token, else `zooDialect` alone. */
export const DialectsToken: ServiceToken<readonly ServerDialect[]> = serviceToken("ServerDialects");

/** The one that the client and the command line speak: `/v1/models`, `/v1/tasks` and so on. */
export const zooDialect: ServerDialect = {
  name: "zoo",
  register(server, { zoo, metrics }) {
    modelRoutes(server, zoo);
    manyRoutes(server, zoo);
    taskRoutes(server, zoo, metrics);
  },
};

/** @throws `zoo_spec_invalid` for what is no list of dialects, and for two of one name */
export function dialectsOf(zoo: LocalZoo): readonly ServerDialect[] {
  if (!zoo.hasService(DialectsToken)) return [zooDialect];
  const dialects: unknown = zoo.service(DialectsToken);
  if (!Array.isArray(dialects) || !dialects.every(isDialect))
    throw new ModelError(
      "zoo_spec_invalid",
      "Under DialectsToken stands a list of dialects: { name, register(server, { zoo, metrics }) }, each name lower-case words joined by -.",
    );
  const names = dialects.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return dialects;
  throw new ModelError("zoo_spec_invalid", `Two dialects are called "${twice}". Leave one of them out.`, {
    details: { dialect: twice },
  });
}

function isDialect(given: unknown): given is ServerDialect {
  const { name, register } = Object(given) as Partial<ServerDialect>;
  return typeof name === "string" && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && typeof register === "function";
}
