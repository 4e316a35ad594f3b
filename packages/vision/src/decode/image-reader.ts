/**
 * Whose bytes a decoded picture has: Pillow's, or those of OpenCV's `imread`. They differ for 16-bit grey, for ink, for alpha in TIFF and
 * GIF, for 16 bits a pixel in BMP, and for an orientation outside Exif, that of AVIF included, which OpenCV does not read.
 */
export type ImageReader = "pillow" | "opencv";
