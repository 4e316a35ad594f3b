import { Command } from "commander";
import { expect, test } from "vitest";
import { addTaskFlags, foreignFlags, taskInput } from "./task-flags.ts";

function flagsOf(...args: string[]): Record<string, unknown> {
  const command = new Command();
  addTaskFlags(command);
  command.parse(args, { from: "user" });
  return command.opts();
}

test("what is on unless said otherwise is switched off by its name with no-, and is nobody's flag where it is not given", () => {
  expect(flagsOf()).toEqual({});
  expect(taskInput("transcribe-audio", flagsOf("--no-timestamps", "--language", "en", "--translate"))).toEqual({
    timestamps: false,
    language: "en",
    translate: true,
  });
  expect(taskInput("transcribe-audio", flagsOf("--timestamps"))).toEqual({ timestamps: true });
  expect(foreignFlags("score-image", flagsOf("--no-timestamps"))).toEqual(["timestamps"]);
  expect(foreignFlags("score-image", flagsOf())).toEqual([]);
});
