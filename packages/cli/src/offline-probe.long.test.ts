import { systemIsolation } from "@menagerie/core/host";
import { expect, test } from "vitest";
import { probeOffline } from "./offline-probe.ts";

test("zoo doctor --offline tries every door from a runner, and says what stopped each", async () => {
  const [javascript, native] = await probeOffline();
  expect(javascript).toMatchObject({ name: "reach_javascript", state: "ok" });
  expect(javascript?.values).toMatchObject({
    ...{ fetch: "guard", "net.connect": "guard", "tls.connect": "guard", "dns.lookup": "guard", "dgram.send": "guard" },
    ...{ "a child process": "guard", "a thread": "guard" },
  });
  // What the kernel gives is told as it is.
  const { network } = await systemIsolation();
  expect(native?.values).toMatchObject({ network, ...(network === "namespace" ? { inside: "stopped" } : {}) });
  expect(native?.state).toBe(network === "namespace" ? "ok" : "warn");
});
