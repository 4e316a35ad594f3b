export { usableToken } from "./bearer-token.ts";
export { createServer, type ServerOptions } from "./create-server.ts";
export { type ErrorBody, statusOf } from "./error-response.ts";
export { type DialectContext, DialectsToken, type ServerDialect, zooDialect } from "./server-dialect.ts";
export type { AnswerMetrics } from "./zoo-metrics.ts";
