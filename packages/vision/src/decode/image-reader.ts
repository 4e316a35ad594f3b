/**
 * Whose bytes a decoded picture has: Pillow's, or those of OpenCV's `imread`. They differ for 16-bit grey, for ink, and for an
 * orientation that stands in XMP alone, which OpenCV does not read.
 */
export type ImageReader = "pillow" | "opencv";
