"""Writes digests of OpenCV's grey, blur and cubic resize of seeded pictures.

Intel's IPP, which only some builds of OpenCV have, is switched off: its cubic differs in the last bits.
"""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

from integer_stream import picture

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"
SIZES = [(64, 64), (65, 67), (33, 35), (101, 97), (40, 8), (7, 30), (128, 75), (2, 2), (300, 5)]


def digest(plane):
    return hashlib.sha256(np.ascontiguousarray(plane, dtype=np.float32).tobytes()).hexdigest()[:16]


def main():
    cv2.ipp.setUseIPP(False)
    cases = []
    for seed, (width, height) in enumerate(SIZES):
        for kind in range(3):
            image = picture(seed, width, height, kind)
            grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) * np.float32(1 / 255)
            # OpenCV rounds the columns that fill no vector otherwise; they are left out.
            whole = width - width % 8
            blurred = cv2.GaussianBlur(grey, (7, 7), 7 / 6, None, 0, cv2.BORDER_REPLICATE)
            resized = cv2.resize(grey, (width // 2, height // 2), interpolation=cv2.INTER_CUBIC)
            larger = cv2.resize(grey, (width + 5, height * 2), interpolation=cv2.INTER_CUBIC)
            cases.append({
                "seed": seed, "width": width, "height": height, "kind": kind,
                "grey": digest(grey),
                "blurred": digest(blurred[:, :whole]),
                "half": digest(resized),
                "larger": digest(larger),
            })
    (FIXTURES / "opencv.json").write_text(json.dumps(cases, indent=1) + "\n")


main()
