"""Writes hashes of what a reference makes of 2,000 seeded resampling cases.

    python resample.py pillow        # under pillow==12.3.0 and again under pillow==13.0.0
    python resample.py torchvision

The cases themselves are not stored: packages/vision/fixtures/resample-cases.ts makes the same ones.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from integer_stream import IntegerStream, picture

CASES = 2000
FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"
FILTERS = {
    "pillow": ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"],
    "torchvision": ["nearest", "bilinear", "bicubic", "lanczos"],
}


def case(number, filters):
    stream = IntegerStream(number)
    longest = [8, 40, 120, 300][stream.between(0, 3)]
    sizes = [stream.between(1, longest) for _ in range(2)]
    if stream.between(0, 7) == 0:
        axis = stream.between(0, 1)
        sizes[axis] = stream.between(1, 2)
    target = [stream.between(1, longest) for _ in range(2)]
    if stream.between(0, 7) == 0:
        axis = stream.between(0, 1)
        target[axis] = sizes[axis]
    if target == [1, 1]:
        target = [2, 1]  # torch 2.15 fails an assertion of its own on a result of one pixel
    return sizes, target, filters[stream.between(0, len(filters) - 1)], stream.between(0, 2)


def with_pillow(image, width, height, name):
    from PIL import Image

    codes = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
    return np.asarray(Image.fromarray(image).resize((width, height), codes[name]))


def with_torchvision(image, width, height, name):
    import torch
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.v2 import functional

    modes = {
        "nearest": InterpolationMode.NEAREST_EXACT,
        "bilinear": InterpolationMode.BILINEAR,
        "bicubic": InterpolationMode.BICUBIC,
        "lanczos": InterpolationMode.LANCZOS,
    }
    tensor = torch.from_numpy(image).permute(2, 0, 1).contiguous()
    resized = functional.resize(tensor, [height, width], interpolation=modes[name], antialias=True)
    return resized.permute(1, 2, 0).contiguous().numpy()


def main():
    reference = sys.argv[1]
    resize, name = with_torchvision, reference
    if reference == "pillow":
        import PIL

        resize, name = with_pillow, f"pillow-{PIL.__version__.split('.')[0]}"
    lines = []
    for number in range(CASES):
        (width, height), (new_width, new_height), filter_name, kind = case(number, FILTERS[reference])
        result = resize(picture(number, width, height, kind), new_width, new_height, filter_name)
        lines.append(hashlib.sha256(result.tobytes()).hexdigest()[:12])
    (FIXTURES / f"resample-{name}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
