/** INTER_NEAREST, INTER_NEAREST_EXACT, INTER_LINEAR, INTER_CUBIC (a = -0.75) and INTER_AREA. None of them antialiases but the last. */
export type OpencvInterpolation = "nearest" | "nearest_exact" | "bilinear" | "bicubic" | "area";
