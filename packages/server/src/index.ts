export { usableToken } from "./bearer-token.ts";
export { createServer, type ServerOptions } from "./create-server.ts";
export { type ErrorBody, statusOf } from "./error-response.ts";
