import { describe, expect, test } from "vitest";
import { parseTaskInput as parseInput } from "./registered-task.ts";
import { TaskRegistry } from "./task-registry.ts";

const tasks = new TaskRegistry();
const parseTaskInput = (task: string, input: unknown): { labels?: string[] } =>
  parseInput(tasks.named(task), input) as { labels?: string[] };

const picture = Uint8Array.of(1);

describe("labels, wherever they come from", () => {
  test("lose the white space around them, and keep that within", () => {
    const { labels } = parseTaskInput("match-image", { images: [picture], labels: [" a cat\n", "dog"] });
    expect(labels).toEqual(["a cat", "dog"]);
    expect(parseTaskInput("detect-objects", { image: picture, labels: ["van "] }).labels).toEqual(["van"]);
    expect(parseTaskInput("match-video", { frames: [picture], labels: ["\ta run"] }).labels).toEqual(["a run"]);
  });

  test("may be empty: the official models have a class for that", () => {
    const { labels } = parseTaskInput("match-image", { images: [picture], labels: ["cat", "", "  "] });
    expect(labels).toEqual(["cat", "", ""]);
  });
});
