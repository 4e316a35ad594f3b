"""Writes a 16-bit grey picture and OpenCV's score of it, by the fixtures' own regression, as read by `cv2.imread`."""

import json
from pathlib import Path

import cv2
import numpy as np

FOLDER = Path(__file__).parents[3] / "plugins" / "brisque" / "fixtures"


def main():
    cv2.ipp.setUseIPP(False)
    noise = np.random.default_rng(3).normal(0, 1, (60, 80)).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), 1.2)
    levels = np.clip(32000 + 16000 * grain / grain.std() * 0.6, 0, 65535).astype(np.uint16)
    path = FOLDER / "sixteen-bits.png"
    cv2.imwrite(str(path), levels)
    files = (str(FOLDER / "brisque_model.yml"), str(FOLDER / "brisque_range.yml"))
    score = cv2.quality.QualityBRISQUE_compute(cv2.imread(str(path)), *files)[0]
    (FOLDER / "sixteen-bits.json").write_text(json.dumps({"opencv": cv2.__version__, "score": score}) + "\n")
    print(score)


if __name__ == "__main__":
    main()
