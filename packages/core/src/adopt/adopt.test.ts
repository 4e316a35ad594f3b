import { describe, expect, test } from "vitest";
import type { ModelSpec } from "../contract/model-spec.ts";
import { type AdoptedCheckpoint, asChosen } from "./adopt.ts";

const like = { model_name: "pets", precision: "fp32", tasks: ["embed-image", "embed-text"] } as unknown as ModelSpec;
const adopted = (arithmetic?: string): AdoptedCheckpoint =>
  ({
    spec: {
      local_artifacts: [],
      preprocessing: arithmetic === undefined ? {} : { image: { arithmetic, filter: "bicubic" } },
    },
    findings: ["as found"],
  }) as unknown as AdoptedCheckpoint;

describe("what the person who adopts chooses", () => {
  test("changes nothing where nothing is chosen", () => {
    expect(asChosen("/folder", like, {}, adopted("torchvision"))).toEqual(adopted("torchvision"));
  });

  test("leaves the tasks that are named, and refuses one that the model does not answer", () => {
    expect(asChosen("/folder", like, { tasks: ["embed-text"] }, adopted()).spec.tasks).toEqual(["embed-text"]);
    expect(() => asChosen("/folder", like, { tasks: ["embed-text", "match-image"] }, adopted())).toThrow(
      "/folder answers embed-image, embed-text, and not match-image. Leave --task out, or name some of these.",
    );
  });

  test("is the arithmetic of a processor's resizing, and of no other", () => {
    const { spec, findings } = asChosen("/folder", like, { arithmetic: "pillow-12" }, adopted("torchvision"));
    expect(spec.preprocessing?.image).toEqual({ arithmetic: "pillow-12", filter: "bicubic" });
    expect(findings).toEqual(["as found", "pictures are resized by pillow-12 (--arithmetic)"]);
    for (const other of [adopted("opencv"), adopted()])
      expect(() => asChosen("/folder", like, { arithmetic: "pillow-12" }, other)).toThrow(/Leave --arithmetic out/);
  });
});
