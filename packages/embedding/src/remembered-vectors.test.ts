import { ModelError } from "@menagerie/core";
import { inBatches } from "@menagerie/core/loader";
import { expect, test } from "vitest";
import { RememberedVectors } from "./remembered-vectors.ts";

const lengths = (asked: string[][]) => async (texts: readonly string[]) => {
  asked.push([...texts]);
  return texts.map((text) => Float64Array.of(text.length));
};

test("a text is computed once, and answers come in the order of the question", async () => {
  const vectors = new RememberedVectors();
  const asked: string[][] = [];
  const first = await vectors.of(["aa", "b", "aa"], lengths(asked));
  const second = await vectors.of(["ccc", "b"], lengths(asked));
  expect([...first, ...second].map(([value]) => value)).toEqual([2, 1, 2, 3, 1]);
  expect(asked).toEqual([["aa", "b"], ["ccc"]]);
});

test("what was not asked for longest is forgotten first, and the answer is whole all the same", async () => {
  const vectors = new RememberedVectors(2);
  const asked: string[][] = [];
  for (const texts of [["a", "bb"], ["a"], ["ccc"], ["a"], ["bb"]]) await vectors.of(texts, lengths(asked));
  expect(asked).toEqual([["a", "bb"], ["ccc"], ["bb"]]);
  const many = await vectors.of(["a", "bb", "ccc", "dddd"], lengths(asked));
  expect([many.map(([value]) => value), vectors.size]).toEqual([[1, 2, 3, 4], 2]);
});

test("what another question makes forgotten meanwhile is answered all the same", async () => {
  const vectors = new RememberedVectors(1);
  await vectors.of(["a"], lengths([]));
  const slow = vectors.of(["a", "bb"], async (texts) => {
    await vectors.of(["ccc"], lengths([]));
    return lengths([])(texts);
  });
  expect((await slow).map(([value]) => value)).toEqual([1, 2]);
});

test("batches are as large as allowed, in order, and end between two of them when nobody waits any more", async () => {
  const sizes: number[] = [];
  const controller = new AbortController();
  const double = async (batch: readonly number[]) => {
    sizes.push(batch.length);
    return batch.map((value) => value * 2);
  };
  expect(await inBatches([1, 2, 3, 4, 5], 2, controller.signal, double)).toEqual([2, 4, 6, 8, 10]);
  expect(sizes).toEqual([2, 2, 1]);
  const stopped = inBatches([1, 2, 3], 1, controller.signal, async (batch) => {
    controller.abort(new Error("nobody waits"));
    return double(batch);
  });
  const broken = inBatches([1, 2, 3, 4], 2, new AbortController().signal, async (batch) => {
    if (!batch.includes(4)) return batch;
    throw new ModelError("image_undecodable", "Picture 2 of 2: it is broken.", { details: { index: 1 } });
  });
  await expect(broken).rejects.toMatchObject({ message: "Picture 4 of 4: it is broken.", details: { index: 3 } });
  await expect(stopped).rejects.toThrow("nobody waits");
  expect(sizes).toEqual([2, 2, 1, 1]);
});
