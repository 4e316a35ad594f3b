"""Writes hashes of what a reference makes of 2,000 seeded resampling cases.

    python resample.py pillow        # under pillow==12.3.0 and again under pillow==13.0.0
    python resample.py torchvision
    python resample.py pillow 2000 500 a.jpg b.png   # prints instead: hashes of 500 cases from number 2000, and of pictures

The cases themselves are not stored: packages/vision/fixtures/resample-cases.ts makes the same ones.
"""

import hashlib
import json
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


def hash_of(image):
    return hashlib.sha256(image.tobytes()).hexdigest()[:12]


def hashes(resize, reference, numbers):
    for number in numbers:
        (width, height), (new_width, new_height), filter_name, kind = case(number, FILTERS[reference])
        yield hash_of(resize(picture(number, width, height, kind), new_width, new_height, filter_name))


def hashes_of_picture(resize, reference, file):
    """Short edge 224 and 336 and a square of 384, with every filter."""
    from PIL import Image, ImageOps

    image = np.asarray(ImageOps.exif_transpose(Image.open(file)).convert("RGB"))
    height, width = image.shape[:2]
    sizes = [(int(edge * width / min(width, height)), int(edge * height / min(width, height))) for edge in (224, 336)] + [(384, 384)]
    return {f"{w}x{h} {name}": hash_of(resize(image, w, h, name)) for w, h in sizes for name in FILTERS[reference]}


def main():
    reference, *rest = sys.argv[1:]
    resize, name = with_torchvision, reference
    if reference == "pillow":
        import PIL

        resize, name = with_pillow, f"pillow-{PIL.__version__.split('.')[0]}"
    if rest:
        first, count, files = int(rest[0]), int(rest[1]), rest[2:]
        pictures = {file: hashes_of_picture(resize, reference, file) for file in files}
        print(json.dumps({"name": name, "cases": list(hashes(resize, reference, range(first, first + count))), "pictures": pictures}))
        return
    (FIXTURES / f"resample-{name}.txt").write_text("\n".join(hashes(resize, reference, range(CASES))) + "\n")


if __name__ == "__main__":
    main()
