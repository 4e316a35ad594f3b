"""Trains a tiny BRISQUE on drawn pictures and writes it with OpenCV's statistics and scores of a few of them.

Intel's IPP, which only some builds of OpenCV have, is switched off: with it OpenCV's own scores of pictures with flat
areas differ by up to 0.1 from those without it.
"""

import json
from pathlib import Path

import cv2
import numpy as np

from integer_stream import picture
from pictures import scene

FOLDER = Path(__file__).parents[3] / "plugins" / "brisque" / "fixtures"
SIZES = [(96, 64), (64, 96), (131, 97), (77, 50)]


def textured(width, height, seed):
    """A scene with grain, BGR."""
    base = np.asarray(scene(width, height, seed)).astype(np.float32)[..., ::-1]
    grain = picture(seed + 50, width, height, 0).astype(np.float32) - 128
    return np.clip(base + cv2.GaussianBlur(grain, (0, 0), 1.0) * 0.5, 0, 255).astype(np.uint8)


def distorted(image, kind, strength):
    if kind == "blur":
        return cv2.GaussianBlur(image, (0, 0), 0.4 + strength * 0.5)
    if kind == "noise":
        noise = picture(strength + 900, image.shape[1], image.shape[0], 0).astype(np.float32) - 128
        return np.clip(image + noise * strength * 0.15, 0, 255).astype(np.uint8)
    if kind == "jpeg":
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, max(90 - strength * 16, 3)])[1]
        return cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image


def training_set():
    for seed, (width, height) in enumerate(SIZES):
        clean = textured(width, height, seed)
        yield "clean", 0, seed, clean
        for kind in ("blur", "noise", "jpeg"):
            for strength in range(1, 6):
                yield kind, strength, seed, distorted(clean, kind, strength)


def features_of(image):
    return cv2.quality.QualityBRISQUE_computeFeatures(image).ravel()


def train(examples):
    table = np.stack([features_of(image) for *_, image in examples])
    low, high = table.min(0), table.max(0)
    scaled = (2 * (table - low) / (high - low) - 1).astype(np.float32)
    svm = cv2.ml.SVM_create()
    svm.setType(cv2.ml.SVM_EPS_SVR)
    svm.setKernel(cv2.ml.SVM_RBF)
    svm.setGamma(0.05)
    svm.setC(100)
    svm.setP(4)
    svm.train(scaled, cv2.ml.ROW_SAMPLE, np.float32([15 * strength + 5 for _, strength, _, _ in examples]))
    svm.save(str(FOLDER / "brisque_model.yml"))
    storage = cv2.FileStorage(str(FOLDER / "brisque_range.yml"), cv2.FILE_STORAGE_WRITE)
    storage.write("range", np.stack([low, high]))
    storage.release()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    cv2.ipp.setUseIPP(False)
    examples = list(training_set())
    train(examples)
    entries = []
    for kind, strength, seed, image in examples:
        if (strength, seed) not in {(0, 0), (0, 1), (0, 2), (0, 3), (2, 0), (5, 1), (3, 2), (4, 3)}:
            continue
        name = f"{kind}-{strength}-{seed}.png"
        cv2.imwrite(str(FOLDER / name), image)
        entries.append(entry(name))
    grey = cv2.cvtColor(textured(90, 70, 8), cv2.COLOR_BGR2GRAY)
    cv2.imwrite(str(FOLDER / "grey.png"), grey)
    cv2.imwrite(str(FOLDER / "compressed.jpg"), textured(120, 88, 9), [cv2.IMWRITE_JPEG_QUALITY, 30])
    entries += [entry("grey.png"), entry("compressed.jpg")]
    (FOLDER / "reference.json").write_text(json.dumps(entries, indent=1) + "\n")


def entry(name):
    image = cv2.imread(str(FOLDER / name))
    score = cv2.quality.QualityBRISQUE_compute(image, str(FOLDER / "brisque_model.yml"), str(FOLDER / "brisque_range.yml"))
    return {"file": name, "score": score[0], "features": [float(value) for value in features_of(image)]}


main()
