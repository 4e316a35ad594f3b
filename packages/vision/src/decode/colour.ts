/** Red, green, blue, 0..255 each. */
export type Colour = readonly [number, number, number];
