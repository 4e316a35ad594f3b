import { ModelError } from "@menagerie/core";
import type { PullPlan } from "./pull-plan.ts";

/**
 * Holds a pull until a person has agreed to what its licence forbids or leaves unstated.
 * @param isAgreed asks them, given the plan; what is said of it elsewhere (a flag, a lock) counts as well
 * @throws `licence_not_accepted`
 */
export async function requireAgreement(
  plan: PullPlan,
  isAgreed: (plan: PullPlan) => boolean | Promise<boolean>,
): Promise<void> {
  if (plan.doubts.length === 0 || (await isAgreed(plan))) return;
  const { model, repository, doubts, licence } = plan;
  const page = repository.page === undefined ? "" : ` Its page: ${repository.page}.`;
  throw new ModelError(
    "licence_not_accepted",
    `${model} is not fetched: ${doubts.join(" ")}${page} Read its terms, and pull with --accept-licence if you agree.`,
    { model, details: { licence, stated: repository.licence, gated: repository.isGated, doubts } },
  );
}
