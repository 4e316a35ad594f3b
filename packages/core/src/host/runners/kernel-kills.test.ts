import { expect, test } from "vitest";
import { oomKills } from "../control-group.ts";
import { KernelKills } from "./kernel-kills.ts";

test("a SIGKILL is laid at the kernel's door only where its count of kills has grown", async () => {
  const kills = new KernelKills();
  const isCounted = (await oomKills()) !== undefined;
  // Nothing of this machine's group was killed for want of memory while this line ran.
  expect(await kills.describe()).toBe(
    isCounted
      ? "was ended by SIGKILL from outside (not by the kernel for want of memory)"
      : "was ended by SIGKILL from outside",
  );
});
