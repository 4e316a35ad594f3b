import type { Size } from "../geometry/size.ts";

/** What `size` of a file may be, once an integer or a pair has been read as its class reads it. */
export type ProcessorSize = Size | { readonly shortest_edge: number; readonly longest_edge?: number | undefined };

export type Triple = [number, number, number];

/**
 * How a class turns `size` into what a picture is resized to; `pose` cuts people out of the picture at that size, whatever the
 * file says of resizing.
 */
export type ProcessorResizing = "plain" | "convnext" | "poolformer" | "levit" | "dpt" | "pose";

/** An image processor of transformers 5: what it does where a file says nothing. */
export interface ProcessorClass {
  /** Without the ending `ImageProcessor` (`FeatureExtractor` in older files). */
  readonly name: string;
  /** `model_type`s whose files may leave the processor's name out. */
  readonly models: readonly string[];
  readonly size: ProcessorSize;
  /** An integer for a size means a square; else it is the short edge. */
  readonly isSquare: boolean;
  readonly resizing: ProcessorResizing;
  readonly crop?: Size;
  /** Crops where the file does not say; it does where there is a `crop`. */
  readonly crops?: boolean;
  /** Neither crops nor fills up, whatever the file says. */
  readonly keepsWhole?: boolean;
  readonly cropPct?: number;
  readonly convertsRgb?: boolean;
  /** Pillow's number of the filter. */
  readonly resample: number;
  readonly mean: Triple;
  readonly std: Triple;
  /** Neither mean nor deviation is looked at. */
  readonly isLevelsOnly?: boolean;
  /** Keys that this class alone knows. */
  readonly keys?: readonly string[];
}

const square = (side: number): Size => ({ width: side, height: side });
const halves: Triple = [0.5, 0.5, 0.5];
const standard = { mean: halves, std: halves };
const imagenet: Pick<ProcessorClass, "mean" | "std"> = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const clip: Pick<ProcessorClass, "mean" | "std"> = {
  mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
  std: [0.268_629_54, 0.261_302_58, 0.275_777_11],
};
const exact = (side: number) => ({ size: square(side), isSquare: true, resizing: "plain" }) as const;
const edge = (side: number) => ({ size: { shortest_edge: side }, isSquare: false, resizing: "plain" }) as const;
const cropped = { ...edge(224), crop: square(224), convertsRgb: true, resample: 3, ...clip };

/**
 * Those that prepare one picture as one tensor `pixel_values`, with steps that every processor shares or that are written
 * here. Not among them: Perceiver (crops first), PPLCNet, TextNet, Donut, ImageGPT, Siglip2 (patches of any shape), …
 */
export const processorClasses: readonly ProcessorClass[] = [
  { name: "CLIP", models: ["clip", "metaclip_2", "florence2", "xclip"], ...cropped },
  { name: "Bit", models: ["bit", "dinov2", "focalnet", "hiera"], ...cropped },
  {
    name: "ViT",
    models: ["vit", "vit_msn", "swin", "swinv2", "swiftformer", "dinat", "ijepa"],
    ...exact(224),
    resample: 2,
    ...standard,
  },
  { name: "Siglip", models: ["siglip"], ...exact(224), isSquare: false, convertsRgb: true, resample: 3, ...standard },
  {
    name: "ConvNext",
    models: ["convnext", "convnextv2", "resnet", "regnet", "cvt"],
    ...{ ...edge(384), resizing: "convnext", cropPct: 0.875, resample: 3, ...standard, keys: ["crop_pct"] },
  },
  {
    name: "Beit",
    models: ["beit", "data2vec-vision"],
    ...{ ...exact(224), crop: square(224), crops: false, resample: 3, ...standard, keys: ["do_reduce_labels"] },
  },
  { name: "DeiT", models: ["deit"], ...exact(256), crop: square(224), resample: 3, ...standard },
  {
    name: "EfficientNet",
    models: ["efficientnet"],
    ...{ ...exact(346), crop: square(289), crops: false, resample: 3, ...standard },
    keys: ["rescale_offset", "include_top"],
  },
  {
    name: "Levit",
    models: ["levit"],
    ...{ ...edge(224), resizing: "levit", crop: square(224), resample: 3, ...imagenet },
  },
  { name: "MobileNetV1", models: ["mobilenet_v1"], ...edge(256), crop: square(224), resample: 2, ...standard },
  {
    name: "MobileNetV2",
    models: ["mobilenet_v2"],
    ...{ ...edge(256), crop: square(224), resample: 2, ...standard, keys: ["do_reduce_labels"] },
  },
  {
    name: "MobileViT",
    models: ["mobilevit", "mobilevitv2"],
    ...{ ...edge(224), crop: square(256), resample: 3, ...standard, isLevelsOnly: true },
    keys: ["do_flip_channel_order", "do_reduce_labels"],
  },
  {
    name: "PoolFormer",
    models: ["poolformer"],
    ...{ ...edge(224), resizing: "poolformer", cropPct: 0.9, crop: square(224), resample: 3, ...imagenet },
    keys: ["crop_pct"],
  },
  { name: "Pvt", models: ["pvt", "pvt_v2"], ...exact(224), resample: 3, ...imagenet },
  {
    name: "Segformer",
    models: ["segformer"],
    ...{ ...exact(512), keepsWhole: true, resample: 2, ...imagenet, keys: ["do_reduce_labels"] },
  },
  {
    name: "DPT",
    models: ["dpt", "depth_anything"],
    ...{ ...exact(384), resizing: "dpt", resample: 3, ...standard },
    keys: ["keep_aspect_ratio", "ensure_multiple_of", "size_divisor", "do_reduce_labels"],
  },
  {
    name: "VitPose",
    models: ["vitpose"],
    ...{
      size: { width: 192, height: 256 },
      isSquare: true,
      resizing: "pose",
      keepsWhole: true,
      resample: 2,
      ...imagenet,
    },
    keys: ["do_affine_transform", "normalize_factor"],
  },
  { name: "VideoMAE", models: ["videomae"], ...cropped, convertsRgb: false, resample: 2, ...standard },
];
