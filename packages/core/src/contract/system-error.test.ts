import { open, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ModelError, toModelError } from "./model-error.ts";
import { isAbsent, systemError } from "./system-error.ts";

const refused = (code: string): Error => Object.assign(new Error(`${code}: as Node says it, open '/x'`), { code });

describe("what the operating system refuses", () => {
  test("is told with what failed, its meaning, its name and a remedy", () => {
    const error = systemError("/srv/zoo.yaml cannot be read", refused("EROFS"), { model: "clip" });
    expect(error.message).toBe(
      "/srv/zoo.yaml cannot be read: the file system is read-only (EROFS). Mount it writable, or name another folder.",
    );
    expect([error.code, error.model, error.details]).toEqual(["system_error", "clip", { errno: "EROFS" }]);
  });

  test("names the limit of open files as it stands", () => {
    expect(systemError("x", refused("EMFILE")).message).toMatch(/ulimit -n \(now (\d+|unlimited)\)\.$/);
  });

  test.each(["EACCES", "EMFILE", "ENFILE", "EROFS", "ENOSPC", "ELOOP", "EIO", "EDQUOT"])(
    "is a system error for %s, whatever code the caller has for a wrong path",
    (errno) => {
      expect(systemError("x", refused(errno), { code: "zoo_spec_invalid" }).code).toBe("system_error");
      expect(toModelError(refused(errno), "plugin_invalid").code).toBe("system_error");
    },
  );

  test.each(["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"])(
    "is the caller's own code for %s, a wrong path",
    (errno) => {
      expect(systemError("x", refused(errno), { code: "zoo_spec_invalid" }).code).toBe("zoo_spec_invalid");
      expect(toModelError(refused(errno), "plugin_invalid").code).toBe("plugin_invalid");
      expect(toModelError(refused(errno)).code).toBe("system_error");
    },
  );

  test("is found among the causes, and what no error number explains keeps its own words", () => {
    const wrapped = new Error("The engine failed.", { cause: refused("ENOSPC") });
    expect(systemError("The form cannot be written", wrapped).message).toContain("the disk is full (ENOSPC)");
    expect(systemError("The form cannot be written", new Error("Odd.")).message).toBe(
      "The form cannot be written: Odd.",
    );
    expect(toModelError(wrapped).code).toBe("internal");
    expect(toModelError(new ModelError("cancelled", "x")).code).toBe("cancelled");
  });

  test("is caught as Node throws it, with what was asked", async () => {
    const error: unknown = await readFile("/").catch((thrown: unknown) => thrown);
    expect(toModelError(error).message).toMatch(/^The operating system refused read.*: it is a folder \(EISDIR\)\./);
    const missing: unknown = await open("/no/such/file").catch((thrown: unknown) => thrown);
    expect([isAbsent(missing), isAbsent(error), isAbsent(undefined)]).toEqual([true, false, false]);
  });
});
