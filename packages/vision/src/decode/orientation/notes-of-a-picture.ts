/** What a file says about its picture. */
export interface PictureNotes {
  /** A TIFF file with tags alone; `Exif\0\0` may stand before it. */
  readonly exif: Uint8Array | undefined;
  /** An XML text, in Latin-1 as far as it matters here. */
  readonly xmp: string | undefined;
}
