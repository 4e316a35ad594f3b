"""Writes digests of `cv2.resize` of seeded pictures by every interpolation that the kit has.

    python opencv_resize.py

Intel's IPP, which only some builds of OpenCV have, is switched off. The cases themselves are not stored:
packages/vision/fixtures/resample-cases.ts makes the same ones.
"""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from integer_stream import picture
from resample import case

CASES = 1000
FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"
INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST,
    "nearest_exact": cv2.INTER_NEAREST_EXACT,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}


def resized(number):
    """The picture, what becomes of it in uint8, and what becomes of its red channel over 255 in float32."""
    (width, height), (new_width, new_height), name, kind = case(number, list(INTERPOLATIONS))
    if number % 5 == 0:  # whole ratios have a path of their own
        new_width, new_height = max(1, width // 3), max(1, height // 2)
        width, height = new_width * (1 + number % 4), new_height * (1 + number // 5 % 4)
    image = picture(number, width, height, kind)
    plane = image[:, :, 0].astype(np.float32) / np.float32(255)
    size, code = (new_width, new_height), INTERPOLATIONS[name]
    return image, cv2.resize(image, size, interpolation=code), cv2.resize(plane, size, interpolation=code)


def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:12]


def main():
    cv2.ipp.setUseIPP(False)
    cv2.setNumThreads(1)
    lines = []
    for number in range(CASES):
        _, of_bytes, of_floats = resized(number)
        lines.append(f"{digest(of_bytes)} {digest(of_floats)}")
    (FIXTURES / "opencv-resize.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
