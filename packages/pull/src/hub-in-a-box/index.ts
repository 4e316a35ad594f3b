export { BoxedFile, type BoxedRepository } from "./boxed-repository.ts";
export type { Fault } from "./fault.ts";
export { HubInABox, type HubOptions, type HubRequest } from "./hub-in-a-box.ts";
