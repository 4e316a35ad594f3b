import { ModelError, mapBytes, parseTaskInput, type RegisteredTask, toBase64 } from "@menagerie/core";

/**
 * The JSON of a question. What the zoo is asked is what the caller asked: an input that does not fit its task, or that JSON would
 * turn into another, is refused before anything is sent. Defaults are left to the zoo.
 * @throws `input_invalid` naming each field that is wrong
 */
export function questionBody(task: RegisteredTask, model: string, input: unknown): string {
  parseTaskInput(task, input);
  const sent = mapBytes(task.document.input, input, (held) => (held instanceof Uint8Array ? toBase64(held) : held));
  return JSON.stringify(
    { model, input: sent },
    function (this: Readonly<Record<string, unknown>>, key, value: unknown) {
      // A Buffer has turned itself into an object before `value` is handed over; its holder still has the bytes.
      if (!ArrayBuffer.isView(this[key])) return value;
      throw new ModelError(
        "input_invalid",
        `The input of ${task.name} is not valid: "${key}" is bytes, where the task has none. Send a text of base64, or a list of numbers.`,
        { details: { task: task.name, field: key } },
      );
    },
  );
}
