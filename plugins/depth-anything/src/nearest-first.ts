import type { PictureBox } from "@menagerie/core";
import type { BoxValue, DepthMap } from "./depth-map.ts";
import { type Proximity, proximityOf } from "./proximity.ts";

export interface RankedBox {
  /** Position among the boxes that were given. */
  readonly index: number;
  /** 0, the farthest of the picture, to 1, the nearest. */
  readonly nearness: number;
  readonly proximity: Proximity;
}

/**
 * Boxes of things in a picture, the nearest first; equals stay in order.
 * @throws ModelError `input_invalid` for a box that touches no pixel of the picture
 */
export function nearestFirst(map: DepthMap, boxes: readonly PictureBox[], value?: BoxValue): RankedBox[] {
  return boxes
    .map((box, index) => {
      const nearness = map.within(box, value);
      return { index, nearness, proximity: proximityOf(nearness) };
    })
    .sort((a, b) => b.nearness - a.nearness);
}
