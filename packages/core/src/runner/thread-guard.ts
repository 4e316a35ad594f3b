/** What a thread of a runner runs first: it closes the doors that its runner has closed. */
import { type Grants, threadGrants } from "./grants.ts";
import { forbidNetwork } from "./network-guard.ts";

const { [threadGrants]: granted = "{}" } = process.env;
delete process.env[threadGrants];
forbidNetwork(JSON.parse(granted) as Grants);
