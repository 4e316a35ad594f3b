/** A float32 tensor of channels, `[channels, height, width]`: logits, depth, heatmaps, prototypes of masks. */
export interface FloatPlanes {
  readonly data: Float32Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}
