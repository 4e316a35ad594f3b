"""Writes what transformers makes of a few pictures by processor files of all ages, kinds and omissions.

Each entry holds the files of a folder and, per picture of fixtures/pictures, the shape and the digest of the float32 tensor that
`AutoImageProcessor.from_pretrained(folder)` gives, or what it raises.
"""

import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import transformers
from transformers import AutoImageProcessor
from transformers.image_utils import load_image

from pictures import FOLDER

PICTURES = ["jpeg-420.jpg", "png-palette-8-bit-transparent.png", "jpeg-orientation-6.jpg"]
HALVES = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
VIT = {"image_processor_type": "ViTImageProcessor", "size": {"height": 24, "width": 30}}


def of(name, **keys):
    return {"preprocessor_config.json": {"image_processor_type": f"{name}ImageProcessor", **keys}}


def vit(**keys):
    return {"preprocessor_config.json": {**VIT, **keys}}


def model(model_type, **keys):
    return {"config.json": {"model_type": model_type}, "preprocessor_config.json": keys}


CASES = {
    "an old feature extractor with an integer size": {
        "preprocessor_config.json": {"feature_extractor_type": "ViTFeatureExtractor", "size": 28, "resample": 2, **HALVES}
    },
    "a fast processor with nulls": of("ViT", size=28, do_center_crop=None, crop_size=None, do_convert_rgb=None, do_pad=None, device=None)
    | {"preprocessor_config.json": {"image_processor_type": "ViTImageProcessorFast", "size": 28, "do_center_crop": None, "do_pad": None}},
    "a processor that is nested": {
        "processor_config.json": {"image_processor": {**VIT, "resample": 3}, "processor_class": "SomeProcessor"},
        "preprocessor_config.json": {**VIT, "size": 99},
    },
    "a processor's file of an older kind beside it": {"processor_config.json": {"processor_class": "SomeProcessor"}, **vit(resample=1)},
    "no name, but a ViT": model("vit", size=26),
    "no name, but a ResNet": model("resnet", size=26, crop_pct=0.9),
    "no name, but a SigLIP": model("siglip", size={"height": 26, "width": 26}),
    "a list for a size": vit(size=[20, 34]),
    "no rescaling": vit(do_rescale=False),
    "null rescaling": vit(do_rescale=None),
    "null normalising": vit(do_normalize=None),
    "null resizing": vit(do_resize=None),
    "null mean": vit(image_mean=None),
    "null filter": vit(resample=None),
    "null size": vit(size=None),
    "one number for all channels": vit(image_mean=0.3, image_std=[0.4]),
    "a box filter": vit(resample=4),
    "keys of other processors": vit(crop_pct=0.5, keep_aspect_ratio=True, ensure_multiple_of=14, rescale_offset=True, do_flip_channel_order=True),
    "a short edge and a crop": vit(size={"shortest_edge": 30}, do_center_crop=True, crop_size=25),
    "a short edge that rules, and a long one": vit(size={"shortest_edge": 30, "longest_edge": 50}),
    "a short edge, and a long one that rules": vit(size={"shortest_edge": 30, "longest_edge": 41}, resample="bicubic"),
    "a long edge that ConvNeXT does not look at": of("ConvNext", size={"shortest_edge": 26, "longest_edge": 30}),
    "a long edge that LeViT does not look at": of("Levit", size={"shortest_edge": 26, "longest_edge": 30}, crop_size=26),
    "a long edge alone": vit(size={"longest_edge": 41}),
    "a filter by its word": vit(resample="lanczos"),
    "a filter by a word in capitals": vit(resample="BICUBIC"),
    "an integer that is no square": vit(size=30, default_to_square=False, do_center_crop=True, crop_size=[25, 27]),
    "a crop without a size": vit(do_center_crop=True),
    "filling up without a size": vit(do_pad=True),
    "SigLIP that paints": of("Siglip", size={"height": 30, "width": 24}),
    "SigLIP that does not": of("Siglip", size={"height": 30, "width": 24}, do_convert_rgb=None),
    "SigLIP with an integer": of("Siglip", size=30),
    "CLIP": of("CLIP", size=30, crop_size=26),
    "BiT": of("Bit", size={"shortest_edge": 30}, crop_size={"height": 26, "width": 31}),
    "ConvNeXT below 384": of("ConvNext", size={"shortest_edge": 26}),
    "ConvNeXT from 384 on": of("ConvNext", size=384, crop_pct=0.9),
    "ConvNeXT with null for its part": of("ConvNext", size=26, crop_pct=None),
    "BEiT": of("Beit", size=26, do_reduce_labels=True),
    "BEiT that crops": of("Beit", size=30, do_center_crop=True, crop_size=26),
    "DeiT": of("DeiT", size=30, crop_size=26),
    "EfficientNet without its head": of("EfficientNet", size=26, include_top=False),
    "EfficientNet with an offset": of("EfficientNet", size=26, do_normalize=False, rescale_factor=1 / 127.5, rescale_offset=True),
    "LeViT": of("Levit", size={"shortest_edge": 26}, crop_size=26),
    "MobileNetV1": of("MobileNetV1", size=30, crop_size=26),
    "MobileNetV2": of("MobileNetV2", size=30, crop_size=26),
    "MobileViT": of("MobileViT", size={"shortest_edge": 30}, crop_size=26),
    "MobileViT, red first": of("MobileViT", size={"shortest_edge": 30}, crop_size=26, do_flip_channel_order=False, do_normalize=True),
    "PoolFormer": of("PoolFormer", size=26, crop_size=26),
    "PoolFormer of two sides": of("PoolFormer", size={"height": 20, "width": 30}, crop_size=26, crop_pct=0.8),
    "PVT": of("Pvt", size=26),
    "SegFormer": of("Segformer", size=26),
}


def answers(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_text(json.dumps(content))
        results = {}
        for name in PICTURES:
            try:
                processor = AutoImageProcessor.from_pretrained(folder)
                values = processor(load_image(str(FOLDER / name)), return_tensors="np").pixel_values[0]
            except Exception as error:
                results[name] = {"raises": type(error).__name__}
                continue
            digest = hashlib.sha256(np.ascontiguousarray(values, dtype="<f4").tobytes()).hexdigest()
            results[name] = {"shape": list(values.shape), "digest": digest}
        return results


def main():
    transformers.logging.set_verbosity_error()
    entries = {name: {"files": files, "pictures": answers(files)} for name, files in CASES.items()}
    written = {"made_with": {"transformers": transformers.__version__}, "cases": entries}
    (FOLDER.parent / "processor-files.json").write_text(json.dumps(written) + "\n")
    for name, entry in entries.items():
        print(name, [result.get("raises", result.get("shape")) for result in entry["pictures"].values()])


if __name__ == "__main__":
    main()
