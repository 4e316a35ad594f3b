import type { OnnxHeader } from "./onnx-header.ts";

/**
 * How many pictures or texts graphs take at a time: one where an export fixed its first axis at that, or gave the first axes
 * of pictures and of texts one name, so that they must be as many.
 * @param most where nothing speaks against it
 */
export function itemsAtATime(headers: readonly Pick<OnnxHeader, "inputs">[], most: number): number {
  const isOne = headers.some(({ inputs }) => {
    const [pictures, texts] = [inputs.pixel_values?.shape[0], inputs.input_ids?.shape[0]];
    if (pictures === 1 || texts === 1) return true;
    // An axis that has no name in the file is called after its position, and free.
    return typeof pictures === "string" && pictures === texts && !/^axis_\d+$/.test(pictures);
  });
  return isOne ? 1 : most;
}
