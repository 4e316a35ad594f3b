import { describe, expect, test } from "vitest";
import { ModelError } from "../contract/model-error.ts";
import { forbiddenNetworkIn } from "./forbidden-network.ts";

const refused = new ModelError("network_forbidden", "Code in a runner tried to reach the network.", {
  details: { call: "fetch" },
});

describe("a refusal of the network is found", () => {
  test.each([
    ["as it is", refused],
    ["as fetch's cause", new TypeError("fetch failed", { cause: refused })],
    [
      "under what a load was told",
      new ModelError("model_load_failed", "fetch failed", { cause: new TypeError("fetch failed", { cause: refused }) }),
    ],
    [
      "among several errors",
      new AggregateError([new Error("other"), new Error("wrapped", { cause: refused })], "all failed"),
    ],
    [
      "behind a disposal that failed too",
      Object.assign(new Error("disposal"), { error: new Error("of its own"), suppressed: refused }),
    ],
    [
      "behind Node's own refusal",
      Object.assign(new Error("denied"), { code: "ERR_ACCESS_DENIED", permission: "Net", resource: "h:1" }),
    ],
    ["at a depth of 100", Array.from({ length: 100 }).reduce<Error>((cause) => new Error("outer", { cause }), refused)],
  ])("%s", (_where, error) => {
    expect(forbiddenNetworkIn(error)).toMatchObject({ code: "network_forbidden" });
  });

  test("with the outer error's model and stack kept", () => {
    const outer = new ModelError("model_load_failed", "fetch failed", { model: "a", cause: refused });
    expect(forbiddenNetworkIn(outer)).toMatchObject({ model: "a", details: { call: "fetch" }, cause: outer });
  });
});

describe("nothing is found, and no search goes on for ever,", () => {
  const cycle = new Error("a") as Error & { cause?: unknown };
  cycle.cause = new Error("b", { cause: cycle });
  const endless = {
    get cause(): unknown {
      return { ...Object.getOwnPropertyDescriptors(endless), __proto__: endless };
    },
  };
  test.each([
    ["in another error", new ModelError("model_load_failed", "no such file")],
    ["in what is no error", "network_forbidden"],
    ["in nothing", undefined],
    ["in errors that cause one another", cycle],
    ["in a chain that grows as it is read", endless],
    [
      "behind a getter that throws",
      {
        get cause() {
          throw new Error("no");
        },
      },
    ],
    [
      "in a proxy that throws",
      new Proxy(
        {},
        {
          get() {
            throw new Error("no");
          },
          has() {
            throw new Error("no");
          },
        },
      ),
    ],
    [
      "in another refusal of the permission model",
      Object.assign(new Error("x"), { code: "ERR_ACCESS_DENIED", permission: "FileSystemWrite" }),
    ],
  ])("%s", (_where, error) => {
    expect(forbiddenNetworkIn(error)).toBeUndefined();
  });
});
