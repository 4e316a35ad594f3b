import { TaskRegistry } from "@menagerie/core";
import { expect, test } from "vitest";
import { AcceptedFile } from "./accepted-file.ts";

test("a client may ask for what the schema says the bytes are, whether or not it says a medium", () => {
  const picture = { type: "string", contentEncoding: "base64", contentMediaType: "image/png" };
  const output = { type: "object", properties: { picture }, required: ["picture"] };
  const document = { name: "paint-it", summary: "It", input: { type: "object" }, output };
  const task = new TaskRegistry([document]).named("paint-it");
  expect(() => AcceptedFile.of("image/png")?.requireFrom(task)).not.toThrow();
  expect(() => AcceptedFile.of("image/*")?.requireFrom(task)).not.toThrow();
  expect(() => AcceptedFile.of("audio/wav")?.requireFrom(task)).toThrow("have nothing of that kind");
});
