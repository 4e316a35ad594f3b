"""Writes what transformers' own way of opening a picture makes of each file of fixtures/pictures.

Per file: width, height, digest of the RGB bytes that `load_image` gives, and of those that a processor with
`do_convert_rgb` goes on with.
"""

import hashlib
import json
import warnings

import numpy as np
from transformers.image_transforms import convert_to_rgb
from transformers.image_utils import load_image

from pictures import FOLDER


def main():
    warnings.simplefilter("ignore")
    entries = {}
    for path in sorted(FOLDER.iterdir()):
        image = load_image(str(path))
        loaded = np.asarray(image).tobytes()
        painted = convert_to_rgb(image, return_numpy=True).tobytes()
        entries[path.name] = {
            "width": image.width,
            "height": image.height,
            "loaded": hashlib.sha256(loaded).hexdigest()[:16],
            "painted": hashlib.sha256(painted).hexdigest()[:16],
        }
    (FOLDER.parent / "decode.json").write_text(json.dumps(entries, indent=1) + "\n")


main()
