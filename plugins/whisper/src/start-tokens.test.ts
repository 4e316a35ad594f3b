import { expect, test } from "vitest";
import { startTokens } from "./start-tokens.ts";
import { type TokenLayout, tokenLayoutSchema } from "./token-layout.ts";

const checkpoint = {
  decoder_start_token_id: 50,
  eos_token_id: 49,
  no_timestamps_token_id: 60,
  is_multilingual: true,
  lang_to_id: { "<|en|>": 51, "<|de|>": 52 },
  task_to_id: { transcribe: 57, translate: 56 },
};
const detected = async () => 51;
const opening = (config: object, question: object = {}) =>
  startTokens(layoutOf(config), { timestamps: false, ...question }, detected);

// The ids are those of `_retrieve_init_tokens` of transformers 5.23 for the same configuration.
test.each([
  [{ language: "<|de|>" }, {}, [50, 52, 57, 60]],
  [{ language: "German", task: "translate" }, {}, [50, 52, 56, 60]],
  [{ language: "<|de|>" }, { language: "en" }, [50, 51, 57, 60]],
  [{}, { language: "<|DE|>", timestamps: true }, [50, 52, 57]],
  [
    {
      forced_decoder_ids: [
        [1, null],
        [2, 57],
      ],
    },
    {},
    [50, 51, 57, 60],
  ],
  [
    {
      forced_decoder_ids: [
        [1, 52],
        [2, 57],
        [3, 60],
      ],
    },
    { timestamps: true },
    [50, 52, 57],
  ],
  [{ forced_decoder_ids: null }, {}, [50, 51, 60]],
])("a text of a checkpoint with %j that is asked for %j opens with %j", async (config, question, ids) => {
  expect(await opening(config, question)).toEqual(ids);
});

test("ids that are forced, but skip a position, are refused", () => {
  expect(() =>
    layoutOf({
      forced_decoder_ids: [
        [1, 52],
        [3, 60],
      ],
    }),
  ).toThrow(/must count positions from 1 on/);
});

function layoutOf(config: object): TokenLayout {
  return tokenLayoutSchema.parse({ ...checkpoint, ...config });
}
