"""Writes digests of the tensors that image processors make of every file of fixtures/pictures.

Each entry holds the preprocessing as a ModelSpec describes it and, per picture, the tensor's height, width and the
digest of its float32 bytes.
"""

import hashlib
import json
import warnings

import numpy as np
import torch
from torchvision import transforms
from torchvision.transforms import v2
from transformers import CLIPImageProcessor, CLIPImageProcessorPil
from transformers.image_utils import load_image

from pictures import FOLDER

FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
CLIP_MEAN, CLIP_STD = CLIPImageProcessor.image_mean, CLIPImageProcessor.image_std
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}

DESCRIPTIONS = {
    "clip": {"resize": {"shortest_edge": 224}, "crop": {"width": 224, "height": 224}, "mean": CLIP_MEAN, "std": CLIP_STD},
    "odd-crop": {"resize": {"shortest_edge": 32}, "crop": {"width": 28, "height": 27}, **IMAGENET},
    "padded-crop": {"resize": {"shortest_edge": 20}, "crop": {"width": 33, "height": 40}, **IMAGENET},
    "exact-size": {"resize": {"width": 56, "height": 40}, "filter": "bilinear", **HALF},
    "not-normalised": {"resize": {"width": 31, "height": 64}, "filter": "lanczos"},
    "not-converted": {"convert_rgb": False, "resize": {"shortest_edge": 19}, "filter": "nearest", **HALF},
    "not-resized": {"crop": {"width": 24, "height": 25}, "mean": CLIP_MEAN, "std": CLIP_STD},
    "other-factor": {"resize": {"width": 30, "height": 30}, "rescale_factor": 1 / 127.5, **IMAGENET},
}


def complete(description, arithmetic, rounding="floor"):
    defaults = {"convert_rgb": True, "filter": "bicubic", "rescale_factor": 1 / 255}
    return {"arithmetic": arithmetic, "crop_rounding": rounding, **defaults, **description}


def with_processor(processor_class, description):
    resize, crop = description.get("resize"), description.get("crop")
    processor = processor_class(
        do_convert_rgb=description["convert_rgb"],
        do_resize=resize is not None,
        size=resize or {"shortest_edge": 224},
        resample=FILTERS[description["filter"]],
        do_center_crop=crop is not None,
        crop_size=crop or {"width": 224, "height": 224},
        rescale_factor=description["rescale_factor"],
        do_normalize="mean" in description,
        image_mean=description.get("mean"),
        image_std=description.get("std"),
    )
    return lambda image: np.asarray(processor(image, return_tensors="pt")["pixel_values"][0])


def with_transforms(description, on_tensor):
    """torchvision's own transforms: the second generation on tensors, the first on pictures, as openai/CLIP and timm do."""
    crop, edge = description["crop"], description["resize"]["shortest_edge"]
    own = v2 if on_tensor else transforms
    before = [v2.PILToTensor()] if on_tensor else []
    transform = own.Compose([
        *before,
        own.Resize(edge, transforms.InterpolationMode.BICUBIC, antialias=True),
        own.CenterCrop([crop["height"], crop["width"]]),
        v2.ToDtype(torch.float32, scale=True) if on_tensor else transforms.ToTensor(),
        own.Normalize(description["mean"], description["std"]),
    ])
    return lambda image: transform(image).numpy()


def digests(process):
    results = {}
    for path in sorted(FOLDER.iterdir()):
        tensor = np.ascontiguousarray(process(load_image(str(path))))
        assert tensor.dtype == np.float32
        digest = hashlib.sha256(tensor.tobytes()).hexdigest()[:12]
        results[path.name] = f"{tensor.shape[1]} {tensor.shape[2]} {digest}"
    return results


def main():
    warnings.simplefilter("ignore")
    entries = {}
    for name, description in DESCRIPTIONS.items():
        for arithmetic, processor in (("torchvision", CLIPImageProcessor), ("pillow-13", CLIPImageProcessorPil)):
            described = complete(description, arithmetic)
            results = digests(with_processor(processor, described))
            entries[f"{processor.__name__}, {name}"] = {"preprocessing": described, "tensors": results}
    for arithmetic in ("torchvision", "pillow-13"):
        for name in ("odd-crop", "padded-crop"):
            # torchvision's transforms know no transparent colour: they begin after `load_image`.
            described = complete({**DESCRIPTIONS[name], "convert_rgb": False}, arithmetic, "round")
            results = digests(with_transforms(described, arithmetic == "torchvision"))
            entries[f"torchvision.transforms on {arithmetic}, {name}"] = {"preprocessing": described, "tensors": results}
    text = json.dumps(entries, indent=1)
    (FOLDER.parent / "processors.json").write_text(text + "\n")


main()
