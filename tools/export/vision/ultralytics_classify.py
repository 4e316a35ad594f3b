"""Writes what ultralytics makes of a few pictures for an exported classifier: OpenCV reads, Pillow resizes, torchvision crops.

The arithmetic is that of `classify_transforms` (ultralytics 8.4) on Pillow, written out, so that neither torch nor ultralytics is
needed; where both are installed the result is compared with theirs.
"""

import hashlib
import json

import cv2
import numpy as np
import PIL
from PIL import Image

from pictures import FOLDER

PICTURES = [
    "jpeg-420.jpg", "jpeg-tall.jpg", "jpeg-wide.jpg", "jpeg-orientation-6.jpg", "jpeg-orientation-in-xmp.jpg", "jpeg-cmyk.jpg",
    "png-palette-8-bit-transparent.png", "png-16-bit-grey.png", "png-rgba.png",
]
# Height and width, as `imgsz` of the metadata has them.
SIZES = {"a square": [24, 24], "an odd square": [25, 25], "a rectangle": [20, 32]}


def prepared(picture, size):
    """`Resize(short edge, or both sides)`, `CenterCrop`, `ToTensor`; mean 0 and deviation 1 change nothing."""
    height, width = size
    image = Image.fromarray(picture)
    if height == width:
        short, long = min(image.size), max(image.size)
        larger = int(height * long / short)
        sides = (height, larger) if image.width <= image.height else (larger, height)
    else:
        sides = (width, height)
    if image.size != sides:
        image = image.resize(sides, Image.BILINEAR)
    left, top = int(round((image.width - width) / 2.0)), int(round((image.height - height) / 2.0))
    levels = np.asarray(image)[top : top + height, left : left + width, ::-1]
    return np.ascontiguousarray(levels.transpose(2, 0, 1)).astype(np.float32) / np.float32(255)


def official(picture, size):
    try:
        from ultralytics.data.augment import classify_transforms
    except ImportError:
        return None
    return classify_transforms(tuple(size))(Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))).numpy()


def main():
    entries = {}
    for name, size in SIZES.items():
        pictures = {}
        for file in PICTURES:
            picture = cv2.imread(str(FOLDER / file), cv2.IMREAD_COLOR)
            values = prepared(picture, size)
            theirs = official(picture, size)
            assert theirs is None or np.array_equal(theirs, values), (name, file)
            digest = hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()
            pictures[file] = {"shape": list(values.shape), "digest": digest}
        entries[name] = {"imgsz": str(size), "pictures": pictures}
    written = {"made_with": {"opencv": cv2.__version__, "pillow": PIL.__version__}, "cases": entries}
    (FOLDER.parent / "ultralytics-classify.json").write_text(json.dumps(written) + "\n")


if __name__ == "__main__":
    main()
