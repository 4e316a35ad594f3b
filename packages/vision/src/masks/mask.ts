import { ModelError } from "@menagerie/core";
import { checkSides } from "../picture-sides.ts";

/** Which pixels belong to something: uint8 0 or 1, `[height, width]`, rows from the top. */
export interface Mask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** @throws ModelError `input_invalid` for a mask whose data is not as long as its sides say */
export function checkMask({ data, width, height }: Mask): void {
  if (data.length === checkSides(width, height)) return;
  throw new ModelError("input_invalid", `A mask of ${width} x ${height} pixels cannot have ${data.length} values.`);
}
