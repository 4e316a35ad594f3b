import { expect, test } from "vitest";
import { adoptChoices } from "./adopt-choices.ts";

test("the flags of zoo adopt become the choices of its adopters, and none where none was given", async () => {
  expect(await adoptChoices({})).toEqual({});
  const flags = { file: "./best.onnx", size: [320, 240], activation: "none", arithmetic: "pillow-12" } as const;
  expect(await adoptChoices({ ...flags, task: ["embed-image,embed-text", "match-image"] })).toEqual({
    graph: "best.onnx",
    size: [320, 240],
    activation: "none",
    arithmetic: "pillow-12",
    tasks: ["embed-image", "embed-text", "match-image"],
  });
});
