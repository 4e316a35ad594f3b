/** One channel of float32 values, `[height, width]`, rows from the top. */
export interface FloatPlane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}
