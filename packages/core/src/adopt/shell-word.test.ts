import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellCommand } from "./shell-word.ts";

test.skipIf(process.platform === "win32")("a command to copy is read back by a shell word for word", () => {
  const words = ["a b.yaml", "it's", "$HOME", "`date`", "plain-1.0/x_y", "", "*", "a\\b", 'say "hi"', "~"];
  const read = execFileSync("sh", ["-c", `printf '%s\\n' ${shellCommand(...words)}`], { encoding: "utf8" });
  expect(read).toBe(`${words.join("\n")}\n`);
  expect(shellCommand("zoo", "run", "my-clip", "photo.jpg")).toBe("zoo run my-clip photo.jpg");
});
