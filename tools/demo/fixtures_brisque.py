"""Writes small pictures for BRISQUE tests, each drawn here, with OpenCV's features and score for them."""

import json
from pathlib import Path

import cv2
import numpy as np

from brisque_pictures import distort, draw_scene
from train_brisque import MODEL, RANGE

FIXTURES = Path(__file__).parents[2] / "packages" / "demo" / "fixtures" / "brisque"
FIRST_SEED = 100
# Name, height, width and distortion with its strength; odd sizes test the halving of the second scale.
SCENES = (
    ("clean", 120, 160, None),
    ("clean-odd", 101, 127, None),
    ("clean-tall", 200, 96, None),
    ("blur-slight", 120, 160, ("blur", 1)),
    ("blur-severe", 97, 131, ("blur", 4)),
    ("noise-slight", 90, 120, ("noise", 1)),
    ("noise-severe", 96, 96, ("noise", 4)),
    ("jpeg-slight", 120, 160, ("jpeg", 1)),
    ("jpeg-severe", 111, 149, ("jpeg", 4)),
    ("shrink", 120, 160, ("shrink", 3)),
)


def main() -> None:
    cv2.setNumThreads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    judge = cv2.quality.QualityBRISQUE_create(str(MODEL), str(RANGE))
    rows = []
    for file, picture in pictures():
        cv2.imwrite(str(FIXTURES / file), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        # Judged as read back, so that the numbers belong to the file.
        shown = cv2.imread(str(FIXTURES / file), cv2.IMREAD_UNCHANGED)
        features = cv2.quality.QualityBRISQUE_computeFeatures(shown)[0]
        rows.append({"file": file, "score": judge.compute(shown)[0], "features": [number(v) for v in features]})
        print(f"{file}: {rows[-1]['score']:.3f}")
    lines = ",\n".join(json.dumps(row) for row in rows)
    head = f'{{\n  "opencv": "{cv2.__version__}",\n  "order": "BGR, or grey as stored",\n  "pictures": [\n'
    (FIXTURES / "reference.json").write_text(f"{head}{lines}\n]\n}}\n")


def pictures() -> list[tuple[str, np.ndarray]]:
    """A file name for each picture; JPEG artefacts are kept in a PNG, so that every decoder sees the same levels."""
    rng = np.random.default_rng(FIRST_SEED)
    found = []
    for seed, (name, height, width, distortion) in enumerate(SCENES, FIRST_SEED):
        scene = draw_scene(height, width, seed)
        found.append((f"{name}.png", distort(scene, *distortion, rng) if distortion else scene))
    grey = cv2.cvtColor(draw_scene(120, 160, FIRST_SEED + len(SCENES)), cv2.COLOR_BGR2GRAY)
    flat = np.full((64, 80, 3), (40, 90, 160), np.uint8)
    return [*found, ("grey.png", grey), ("flat.png", flat)]


def number(value: np.float32) -> float | None:
    """The shortest decimal that gives the same float32 again; None where OpenCV divided zero by zero."""
    return float(np.format_float_positional(value, unique=True)) if np.isfinite(value) else None


if __name__ == "__main__":
    main()
