import type { Size } from "../geometry/size.ts";
import type { PictureRegion, PixelWindow, RgbImage } from "../rgb-image.ts";
import type { Colour } from "./colour.ts";

export interface DecodedImage extends RgbImage {
  /** The one colour that the file declares transparent; its pixels keep their colour here. */
  readonly transparentColour: Colour | undefined;
}

/** A picture whose header has been checked. Its pixels are decoded no further than they are asked for, where that pays. */
export interface OpenedImage extends Size {
  readonly transparentColour: Colour | undefined;
  /**
   * At least the pixels inside the window.
   * @param room gives memory for that many bytes: fresh, unless the caller has some to use again
   */
  region(window: PixelWindow, room?: (bytes: number) => Uint8Array): PictureRegion | Promise<PictureRegion>;
}
