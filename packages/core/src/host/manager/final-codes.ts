import type { ErrorCode } from "../../contract/model-error.ts";

/** Failed validations: the same files would fail again, so nothing is loaded anew before somebody says that they are mended. */
export const finalCodes: ReadonlySet<ErrorCode> = new Set([
  ...(["artifact_outside_root", "contract_mismatch", "graph_mismatch", "model_spec_invalid"] as const),
  ...(["self_test_failed", "weights_digest_mismatch", "weights_unpinned", "zoo_spec_invalid"] as const),
]);
