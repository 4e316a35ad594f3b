import { expect, test } from "vitest";
import { CommandLine } from "./command-line.ts";

test("zoo load and zoo unload say that --all and names exclude each other", async () => {
  const line = await CommandLine.create();
  try {
    const answers = await Promise.all(
      [["load", "emoji-clip", "--all"], ["load"], ["unload", "--all", "--idle", "0"], ["unload"]].map((args) =>
        line.run(...args),
      ),
    );
    expect(answers.map(({ code, err }) => [code, err.split("\n")[0]])).toEqual([
      [2, "error: --all loads every model: name none beside it"],
      [2, "error: name the models to load, or give --all"],
      [2, "error: --all unloads every model: leave it out, or name no model and give no other choice beside it"],
      [2, "error: name the models to unload, or give --all, --plugin, --over, --idle or --count"],
    ]);
  } finally {
    await line.remove();
  }
});
