export { completeModel } from "./complete-model.ts";
export type { HttpClientOptions } from "./http/http-client.ts";
export { requireAgreement } from "./licence-agreement.ts";
export { licenceDoubts } from "./licence-doubts.ts";
export { offlineSwitch } from "./offline.ts";
export { carryOut, type PulledArtifact, type PulledModel, type PullOptions, type PullProgress } from "./pull-model.ts";
export { type PlannedFile, type PullPlan, planPull, requireSpace } from "./pull-plan.ts";
export { originAddress, repositoryPath } from "./repository-path.ts";
export { Sources, schemeOf } from "./sources/open-source.ts";
export type {
  RemoteBytes,
  RemoteFile,
  SourceContext,
  SourceDigest,
  SourceRepository,
  WeightSource,
} from "./sources/source.ts";
export { type Prunable, prunable, prune, removeName, removeUnnamed } from "./store/prune.ts";
export { Store } from "./store/store.ts";
export { type StoreContents, type StoredFile, storeContents } from "./store/store-contents.ts";
export { noteUser, noteUserOfPresent, usersOf } from "./store/users.ts";
