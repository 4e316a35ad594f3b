import { describe, expect, test } from "vitest";
import { parseTaskInput } from "./task-registry.ts";

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
