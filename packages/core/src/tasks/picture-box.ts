import { z } from "zod";

/** A rectangle in pixels of the upright picture: left, top, right and bottom edge, fractions allowed. */
export interface PictureBox {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export const pictureBox: z.ZodType<PictureBox> = z.strictObject({
  x1: z.number(),
  y1: z.number(),
  x2: z.number(),
  y2: z.number(),
});

/** A box of an answer: it is drawn on the picture. */
export const shownBox: z.ZodType<PictureBox> = pictureBox.meta({ shown: "box" });

/** The four edges of a box as people type them. */
export type BoxEdges = [x1: number, y1: number, x2: number, y2: number];

/** A box that is asked about. It may reach over the picture's edges. A field of kind `box`: `x1,y1,x2,y2` as text. */
export const boxEdges: z.ZodType<BoxEdges> = z
  .tuple([z.number(), z.number(), z.number(), z.number()])
  .refine(([x1, y1, x2, y2]) => x2 > x1 && y2 > y1, "must be x1,y1,x2,y2 with x2 above x1 and y2 above y1");
