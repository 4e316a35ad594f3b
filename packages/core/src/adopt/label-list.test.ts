import { expect, test } from "vitest";
import { decodedText } from "../files/decoded-text.ts";
import { labelList } from "./label-list.ts";

test.each([
  ["lines", "chat\nchien\nâne\n"],
  ["lines of Windows, with blank ones", "chat\r\n\r\n chien \r\nâne\r\n"],
  ["lines of an old Mac", "chat\rchien\râne"],
  ["a JSON list", '["chat", "chien", "âne"]'],
  ["texts by number", '{"0": "chat", "2": "âne", "1": "chien"}'],
  ["numbers by text", '{"chat": 0, "âne": 2, "chien": 1}'],
  ["a configuration's id2label", '{"id2label": {"0": "chat", "1": "chien", "2": "âne"}}'],
  ["a configuration's label2id", '{"model_type": "vit", "label2id": {"chat": 0, "chien": 1, "âne": 2}}'],
  ["a data set's names", '{"names": ["chat", "chien", "âne"], "nc": 3}'],
])("labels are read from %s", (_, text) => {
  expect(labelList(text)).toEqual(["chat", "chien", "âne"]);
});

test("labels may begin with numbers that do not count them, and have commas", () => {
  expect(labelList("3 doors\n5 doors\n")).toEqual(["3 doors", "5 doors"]);
  expect(labelList("tench, Tinca tinca\ngoldfish, Carassius auratus")).toHaveLength(2);
});

test.each([
  [
    "a table with a head",
    "id,name\n0,chat\n1,chien\n",
    /number before each label \("0,chat"\).* and the line of names above/,
  ],
  ["a table with tabs", "chat\tcat\nchien\tdog\n", /has columns \(line 1 has a tab\).*cut -f1/],
  ["numbered lines", "0 chat\n1 chien\n2 âne\n", /number before each label \("0 chat"\)/],
  ["lines numbered from one", "1: chat\n2: chien\n", /number before each label/],
  ["commas for lines", "chat,chien,ane", /one line with commas/],
  ["nothing", " \n\n", /names no label/],
  ["numbers by text with a gap", '{"chat": 0, "chien": 2}', /has no text as label 1/],
  ["texts by number from one on", '{"1": "chat", "2": "chien"}', /has no text as label 0/],
  ["broken JSON", '["chat", ', /begins like JSON and is none/],
])("%s is refused in words instead of becoming labels", (_, text, problem) => {
  expect(() => labelList(text)).toThrow(problem);
});

test("a text is read by its byte order mark, and refused where it is not UTF-8", () => {
  const bytes = (encoding: BufferEncoding, mark: string): Buffer => Buffer.from(`${mark}chat\nâne\n`, encoding);
  expect(decodedText(bytes("utf8", ""))).toBe("chat\nâne\n");
  expect(decodedText(bytes("utf8", "\uFEFF"))).toBe("chat\nâne\n");
  expect(decodedText(bytes("utf16le", "\uFEFF"))).toBe("chat\nâne\n");
  expect(decodedText(bytes("utf16le", "\uFEFF").swap16())).toBe("chat\nâne\n");
  expect(() => decodedText(bytes("latin1", ""))).toThrow("is not UTF-8 (line 2). Convert it");
  expect(() => decodedText(bytes("utf16le", ""))).toThrow("is not UTF-8");
  expect(() => decodedText(Buffer.from("chat\0chien"))).toThrow("it has zero bytes");
  expect(() => decodedText(bytes("utf16le", "\uFEFF").subarray(0, 9))).toThrow("cut off or damaged");
});
