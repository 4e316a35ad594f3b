"""Writes what timm makes of a few pictures by the `pretrained_cfg` of a config.json, as `processor_files.py` does for processors."""

import hashlib
import json

import numpy as np
import timm
from timm.data import create_transform, resolve_data_config
from transformers.image_utils import load_image

from pictures import FOLDER

PICTURES = ["jpeg-420.jpg", "png-palette-8-bit-transparent.png", "jpeg-orientation-6.jpg"]
CASES = {
    "nothing but a size": {"input_size": [3, 24, 24]},
    "all that may be said": {
        "input_size": [3, 24, 24], "crop_pct": 0.8, "crop_mode": "center", "interpolation": "bilinear",
        "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6], "tag": "some", "num_classes": 2,
    },
    "squashing": {"input_size": [3, 24, 30], "crop_pct": 0.9, "crop_mode": "squash", "interpolation": "bicubic"},
    "squashing whole": {"input_size": [3, 25, 31], "crop_pct": 1.0, "crop_mode": "squash", "interpolation": "lanczos"},
}


def main():
    entries = {}
    for name, config in CASES.items():
        transform = create_transform(**resolve_data_config(config), is_training=False)
        pictures = {}
        for picture in PICTURES:
            values = transform(load_image(str(FOLDER / picture))).numpy()
            digest = hashlib.sha256(np.ascontiguousarray(values, dtype="<f4").tobytes()).hexdigest()
            pictures[picture] = {"shape": list(values.shape), "digest": digest}
        entries[name] = {"files": {"config.json": {"architecture": "vit_base_patch16_224", "pretrained_cfg": config}}, "pictures": pictures}
    written = {"made_with": {"timm": timm.__version__}, "cases": entries}
    (FOLDER.parent / "timm-files.json").write_text(json.dumps(written) + "\n")


if __name__ == "__main__":
    main()
