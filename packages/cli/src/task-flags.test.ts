import { TaskRegistry } from "@menagerie/core";
import { Command } from "commander";
import { expect, test } from "vitest";
import { TaskFlags } from "./task-flags.ts";

const tasks = new TaskRegistry();
const flags = new TaskFlags(tasks);

function flagsOf(...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  flags.addTo(command);
  command.parse(args, { from: "user" });
  return command.opts();
}

const taskInput = (task: string, given: Record<string, unknown>): Promise<unknown> =>
  flags.input(tasks.named(task), given);
const foreignFlags = (task: string, given: Record<string, unknown>): string[] =>
  flags.foreign(tasks.named(task), given);

test("what is on unless said otherwise is switched off by its name with no-, and is nobody's flag where it is not given", async () => {
  expect(flagsOf()).toEqual({});
  expect(await taskInput("transcribe-audio", flagsOf("--no-timestamps", "--language", "en", "--translate"))).toEqual({
    timestamps: false,
    language: "en",
    translate: true,
  });
  expect(await taskInput("transcribe-audio", flagsOf("--timestamps"))).toEqual({ timestamps: true });
  expect(await taskInput("transcribe-audio", flagsOf("--no-translate"))).toEqual({ translate: false });
  expect(foreignFlags("score-image", flagsOf("--no-timestamps"))).toEqual(["timestamps"]);
  expect(foreignFlags("score-image", flagsOf())).toEqual([]);
});

test("several numbers stand with commas between them, and what is none is refused", async () => {
  const given = flagsOf(
    "--temperature",
    "0,0.2,1",
    "--logprob-threshold",
    "-1.5",
    "--no-speech-threshold",
    "0.6",
    "--clip-timestamps",
    "1",
    "--clip-timestamps",
    "2.5",
  );
  expect(await taskInput("transcribe-audio", given)).toEqual({
    temperature: [0, 0.2, 1],
    logprob_threshold: -1.5,
    no_speech_threshold: 0.6,
    clip_timestamps: [1, 2.5],
  });
  for (const wrong of ["0,a", ",", "0;1"]) {
    await expect(taskInput("transcribe-audio", flagsOf("--temperature", wrong)), wrong).rejects.toThrow(/umber/);
  }
});

test("boxes are four numbers each, with ; between them or the flag given again", async () => {
  expect(await taskInput("estimate-pose", flagsOf("--boxes", "1,2,3,4.5; -5,0,6,7", "--boxes", "0,0,1,1"))).toEqual({
    boxes: [
      [1, 2, 3, 4.5],
      [-5, 0, 6, 7],
      [0, 0, 1, 1],
    ],
  });
  for (const wrong of ["1,2,3", "1,2,3,x", "1,,2,3", ""]) {
    await expect(taskInput("estimate-pose", flagsOf("--boxes", wrong)), wrong).rejects.toThrow(
      "A box must be four numbers",
    );
  }
});
