"""Writes digests of what processors, YOLO's letterbox and SCRFD's make of seeded pictures of many shapes.

Each entry holds the preprocessing as a ModelSpec describes it and, per picture, the result's height, width and digest.
ultralytics (AGPL) runs here as a reference and is no part of the project.
"""

import hashlib
import json
import os
import warnings
from pathlib import Path

os.environ["YOLO_OFFLINE"] = "true"

import cv2
import numpy as np
import torch
from transformers import (
    ConvNextImageProcessor,
    ConvNextImageProcessorPil,
    DPTImageProcessor,
    DPTImageProcessorPil,
    EfficientNetImageProcessor,
    SegformerImageProcessor,
    SiglipImageProcessor,
    ViTImageProcessor,
)
from ultralytics.data.augment import LetterBox

from integer_stream import picture

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"
SIZES = [(64, 48), (48, 64), (101, 67), (33, 240), (301, 40), (640, 480), (517, 389), (9, 7), (1, 1), (1, 30), (200, 200), (97, 96)]
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}


def processor(instance):
    return lambda image: np.asarray(instance(torch.from_numpy(image).permute(2, 0, 1), return_tensors="pt")["pixel_values"][0])


def described(arithmetic, description):
    return {"arithmetic": arithmetic, "convert_rgb": True, "crop_rounding": "floor", "rescale_factor": 1 / 255, **description}


def letterbox(**arguments):
    """As the predictor does: BGR, letterbox, RGB, channels first, divided by 255 in float32."""

    def prepare(image):
        fitted = LetterBox(**arguments)(image=np.ascontiguousarray(image[:, :, ::-1]))
        tensor = torch.from_numpy(np.ascontiguousarray(fitted[:, :, ::-1].transpose(2, 0, 1))).float()
        return (tensor / 255).numpy()

    return prepare


def scrfd(size):
    """insightface's `detect`: the tighter side decides, the other one is cut, zeros at the right and bottom."""

    def prepare(image):
        width, height = size
        ratio = image.shape[0] / image.shape[1]
        if ratio > height / width:
            new_height = height
            new_width = max(int(new_height / ratio), 1)
        else:
            new_width = width
            new_height = max(int(new_width * ratio), 1)
        canvas = np.zeros((height, width, 3), dtype=np.uint8)
        canvas[:new_height, :new_width] = cv2.resize(image[:, :, ::-1], (new_width, new_height))
        return cv2.dnn.blobFromImage(canvas, 1 / 128, (width, height), (127.5, 127.5, 127.5), swapRB=True)[0]

    return prepare


def other_form(form):
    """A letterbox as another kind of tensor: `preprocessing` says which."""

    def prepare(image):
        tensor = letterbox(new_shape=(64, 96))(image)
        if form == "float16":
            return tensor.astype(np.float16)
        if form == "bgr":
            return np.ascontiguousarray(tensor[::-1])
        if form == "channels_last":
            return np.ascontiguousarray(tensor.transpose(1, 2, 0))
        return np.rint(tensor * 255).astype(np.uint8)

    return prepare


def entries():
    box = {"letterbox": {"width": 96, "height": 64}}
    dpt = {"size": {"height": 98, "width": 98}, "keep_aspect_ratio": True, "ensure_multiple_of": 14, **mean_std(IMAGENET)}
    dpt_resize = {"width": 98, "height": 98, "keep_aspect_ratio": True, "ensure_multiple_of": 14}
    yield "ConvNextImageProcessor 56", described("torchvision", {"resize": {"shortest_edge": 56, "crop_pct": 0.875}, "filter": "bicubic", **HALF}), processor(ConvNextImageProcessor(size={"shortest_edge": 56}, crop_pct=0.875, **mean_std(HALF)))
    yield "ConvNextImageProcessor 384", described("torchvision", {"resize": {"shortest_edge": 384, "crop_pct": 0.875}, "filter": "bicubic", **HALF}), processor(ConvNextImageProcessor(size={"shortest_edge": 384}, crop_pct=0.875, **mean_std(HALF)))
    yield "ConvNextImageProcessorPil 57", described("pillow-13", {"resize": {"shortest_edge": 57, "crop_pct": 0.9}, "filter": "bicubic", **HALF}), processor(ConvNextImageProcessorPil(size={"shortest_edge": 57}, crop_pct=0.9, **mean_std(HALF)))
    yield "DPTImageProcessor", described("torchvision", {"resize": dpt_resize, "filter": "bicubic", **IMAGENET}), processor(DPTImageProcessor(**dpt))
    yield "DPTImageProcessorPil", described("pillow-13", {"resize": dpt_resize, "filter": "bicubic", **IMAGENET}), processor(DPTImageProcessorPil(**dpt))
    yield "DPTImageProcessor, multiple alone", described("torchvision", {"resize": {"width": 90, "height": 60, "ensure_multiple_of": 32}, "filter": "bicubic", **HALF}), processor(DPTImageProcessor(size={"height": 60, "width": 90}, ensure_multiple_of=32, **mean_std(HALF)))
    yield "EfficientNetImageProcessor as ALIGN has it", described("torchvision", {"resize": {"width": 46, "height": 46}, "filter": "bilinear", "crop": {"width": 39, "height": 39}, "rescale_factor": 1 / 127.5, "rescale_offset": True}), processor(EfficientNetImageProcessor(size={"height": 46, "width": 46}, resample=2, do_center_crop=True, crop_size={"height": 39, "width": 39}, rescale_factor=1 / 127.5, rescale_offset=True, do_normalize=False, include_top=False))
    yield "ViTImageProcessor", described("torchvision", {"resize": {"width": 64, "height": 64}, "filter": "bilinear", **HALF}), processor(ViTImageProcessor(size={"height": 64, "width": 64}))
    yield "SiglipImageProcessor", described("torchvision", {"resize": {"width": 64, "height": 64}, "filter": "bicubic", **HALF}), processor(SiglipImageProcessor(size={"height": 64, "width": 64}, **mean_std(HALF)))
    yield "SegformerImageProcessor", described("torchvision", {"resize": {"width": 64, "height": 64}, "filter": "bilinear", **IMAGENET}), processor(SegformerImageProcessor(size={"height": 64, "width": 64}, **mean_std(IMAGENET)))
    yield "LetterBox", described("opencv", {"resize": box, "filter": "bilinear"}), letterbox(new_shape=(64, 96))
    yield "LetterBox, auto", described("opencv", {"resize": {"letterbox": {"width": 320, "height": 320, "auto": True, "stride": 32}}, "filter": "bilinear"}), letterbox(new_shape=(320, 320), auto=True, stride=32)
    yield "LetterBox, not enlarging", described("opencv", {"resize": {"letterbox": {"width": 160, "height": 160, "scaleup": False}}, "filter": "bilinear"}), letterbox(new_shape=(160, 160), scaleup=False)
    yield "LetterBox, top left, black", described("opencv", {"resize": {"letterbox": {"width": 96, "height": 64, "center": False, "padding_value": 0}}, "filter": "bilinear"}), letterbox(new_shape=(64, 96), center=False, padding_value=0)
    yield "SCRFD", described("opencv", {"resize": {"letterbox": {"width": 96, "height": 96, "center": False, "rounding": "floor", "padding_value": 0}}, "filter": "bilinear", "rescale_factor": 1 / 128, "mean": [127.5 / 128] * 3, "std": [1, 1, 1]}), scrfd((96, 96))
    for key, form in (("dtype", "float16"), ("channel_order", "bgr"), ("data_format", "channels_last"), ("dtype", "uint8")):
        yield f"LetterBox as {form}", described("opencv", {"resize": box, "filter": "bilinear", key: form}), other_form(form)


def mean_std(values):
    return {"image_mean": values["mean"], "image_std": values["std"]}


def main():
    warnings.simplefilter("ignore")
    cv2.ipp.setUseIPP(False)
    results = {}
    for name, preprocessing, prepare in entries():
        tensors = []
        for seed, (width, height) in enumerate(SIZES):
            try:
                tensor = np.ascontiguousarray(prepare(picture(seed, width, height, seed % 3)))
            except (RuntimeError, ValueError, AssertionError, cv2.error) as error:
                tensors.append({"seed": seed, "width": width, "height": height, "fails": type(error).__name__})
                continue
            digest = hashlib.sha256(tensor.tobytes()).hexdigest()[:12]
            tensors.append({"seed": seed, "width": width, "height": height, "shape": list(tensor.shape), "digest": digest})
        results[name] = {"preprocessing": preprocessing, "tensors": tensors}
    text = json.dumps(results).replace('{"seed"', '\n{"seed"').replace('}, "', '},\n"')
    (FIXTURES / "preparations.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
