"""Writes what transformers' own way of opening a picture makes of each file of fixtures/pictures.

Per file: width, height, digest of the RGB bytes that `load_image` gives, and of those that a processor with
`do_convert_rgb` goes on with. Where OpenCV's `imread` gives others: their width, height and digest. AVIF: the bytes themselves.
"""

import base64
import hashlib
import json
import warnings

import cv2
import numpy as np
from transformers.image_transforms import convert_to_rgb
from transformers.image_utils import load_image

from pictures import FOLDER


def main():
    warnings.simplefilter("ignore")
    entries = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix == ".avif":
            continue
        image = load_image(str(path))
        loaded = np.asarray(image).tobytes()
        painted = convert_to_rgb(image, return_numpy=True).tobytes()
        entries[path.name] = {
            "width": image.width,
            "height": image.height,
            "loaded": hashlib.sha256(loaded).hexdigest()[:16],
            "painted": hashlib.sha256(painted).hexdigest()[:16],
        }
        read = cv2.imread(str(path))
        if read is None:
            continue
        read = read[..., ::-1]
        digest = hashlib.sha256(read.tobytes()).hexdigest()[:16]
        if digest != entries[path.name]["loaded"]:
            entries[path.name]["opencv"] = [read.shape[1], read.shape[0], digest]
    (FOLDER.parent / "decode.json").write_text(json.dumps(entries, indent=1) + "\n")
    # AVIF's decoders differ in the last bit, so its levels are written whole.
    levels = {path.name: levels_of(path) for path in sorted(FOLDER.glob("*.avif"))}
    (FOLDER.parent / "decode-avif.json").write_text(json.dumps(levels, indent=1) + "\n")


def levels_of(path):
    image = load_image(str(path))
    return {"width": image.width, "height": image.height, "levels": base64.b64encode(np.asarray(image).tobytes()).decode()}


main()
