export interface TensorPlace {
  /** Where the picture's part of the tensor begins, in values. */
  readonly offset: number;
  /** Sides of the picture's part of the tensor in pixels. */
  readonly width: number;
  readonly height: number;
  /** Where in it the picture's first pixel goes; the rest is filled. */
  readonly left: number;
  readonly top: number;
}
