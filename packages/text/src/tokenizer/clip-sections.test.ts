import { expect, test } from "vitest";
import { clipTextConfigSchema, withOlderSections } from "./clip-sections.ts";

test("an older section stands in the place of the newer one, and is completed by defaults, as transformers does", () => {
  // CLIPConfig(text_config={"vocab_size": 600}, text_config_dict={"max_position_embeddings": 20}, …) of transformers 5.23.
  const config = withOlderSections({
    text_config: { vocab_size: 600, max_position_embeddings: 33 },
    text_config_dict: { max_position_embeddings: 20 },
    vision_config: { image_size: 32 },
    vision_config_dict: null,
  }) as { text_config: unknown; vision_config: unknown };
  expect(clipTextConfigSchema(49_407).parse(config.text_config)).toEqual({
    vocab_size: 49_408,
    max_position_embeddings: 20,
    eos_token_id: 49_407,
  });
  expect(config.vision_config).toEqual({ image_size: 32 });
});

test("a section that is null is its defaults", () => {
  expect(withOlderSections({ text_config: null, model_type: "clip" })).toEqual({ model_type: "clip" });
});

test("an end of 2 says nothing of where texts end: they are pooled at their largest id", () => {
  expect(clipTextConfigSchema(49_407).parse({ eos_token_id: 2 }).eos_token_id).toBeUndefined();
  expect(clipTextConfigSchema(2).parse({}).eos_token_id).toBeUndefined();
  expect(clipTextConfigSchema(2).parse({ eos_token_id: 599 }).eos_token_id).toBe(599);
});
