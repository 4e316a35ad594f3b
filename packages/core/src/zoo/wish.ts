import { ModelError } from "../contract/model-error.ts";
import type { GetOptions } from "./zoo.ts";
import { checkedPriority, type Priority } from "./zoo-status.ts";

/** How a request wants its model. */
export interface Wish {
  /** Undefined for the model's own. */
  readonly priority: Priority | undefined;
  /** Milliseconds that the model is kept after it; undefined for the model's own. */
  readonly keepAliveMs: number | undefined;
}

/** @throws `input_invalid` for a priority or a keep-alive that is none */
export function checkedWish({ priority, keepAliveMs }: Pick<GetOptions, "priority" | "keepAliveMs">): Wish {
  if (keepAliveMs !== undefined && !(typeof keepAliveMs === "number" && keepAliveMs >= 0))
    throw new ModelError(
      "input_invalid",
      `keepAliveMs is a number of milliseconds, 0 or more; it is ${String(keepAliveMs)}. Infinity keeps the model until its room is needed.`,
      { details: { keep_alive_ms: String(keepAliveMs) } },
    );
  return { priority: checkedPriority(priority), keepAliveMs };
}
