/** What a thread of a runner runs first: it closes the doors that its runner has closed. */
import { getEnvironmentData } from "node:worker_threads";
import { type Grants, threadGrants } from "./grants.ts";
import { forbidNetwork } from "./network-guard.ts";

forbidNetwork(getEnvironmentData(threadGrants) as Grants);
