/** A picture in memory: uint8, `[height, width, 3]`, red first, rows from the top. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels; `right` and `bottom` are the first column and row outside it. */
export interface PixelWindow {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Part of a picture in memory; `left` and `top` say which of the picture's pixels comes first. */
export interface PictureRegion extends RgbImage {
  readonly left: number;
  readonly top: number;
}
