"""The graphs and files that brisque.py writes."""

import json
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import piq
import torch
from PIL import Image

# The package gives the function of the same name in the module's place.
piq_brisque = sys.modules["piq.brisque"]
FIXTURES = Path(__file__).parents[3] / "plugins" / "brisque" / "fixtures"
GAMMA, RHO = 0.05, -153.591
# Where the two families read a file differently, Pillow makes it flat.
OF_OPENCV = {"sixteen-bits.png"}


def write_libsvm(file, coefficients, vectors):
    lines = ["svm_type epsilon_svr", "kernel_type rbf", f"gamma {GAMMA}", "nr_class 2", f"total_sv {len(coefficients)}", f"rho {RHO}", "SV"]
    for coefficient, vector in zip(coefficients, vectors, strict=True):
        lines.append(" ".join([repr(float(coefficient)), *(f"{i + 1}:{float(value)!r}" for i, value in enumerate(vector))]) + " ")
    Path(file).write_text("\n".join(lines) + "\n")


def features_of(x):
    x = torch.round(piq.functional.rgb2yiq(x / 1.0 * 255)[:, :1])
    features = []
    for _ in range(2):
        features.append(piq_brisque._natural_scene_statistics(x))
        x = piq.functional.imresize(x, sizes=(x.size(2) // 2, x.size(3) // 2))
    return torch.cat(features, dim=-1)


def main():
    torch.set_num_threads(1)
    if sys.argv[1] != "--tiny":
        coefficients, vectors = torch.load(sys.argv[1], weights_only=True)
        write_libsvm(Path(sys.argv[2]) / "allmodel", coefficients.flatten().tolist(), vectors.tolist())
        return
    pictures = {}
    for file in sorted(FIXTURES.glob("*.png")):
        if file.name in OF_OPENCV:
            continue
        rgb = np.asarray(Image.open(file).convert("RGB"))
        pictures[file.name] = torch.from_numpy(rgb.astype(np.float64) / 255).permute(2, 0, 1)[None]
    features = {name: features_of(x) for name, x in pictures.items()}
    generator = np.random.default_rng(5)
    some = torch.cat([piq_brisque._scale_features(f) for f in list(features.values())[:12]]).numpy()
    vectors = np.round(some + generator.normal(0, 0.2, some.shape), 5)
    coefficients = np.round(generator.normal(0, 40, len(vectors)), 4)
    folder = FIXTURES / "live"
    folder.mkdir(exist_ok=True)
    write_libsvm(folder / "allmodel", coefficients, vectors)
    answers = {}
    for name, x in pictures.items():
        weights = (torch.tensor(coefficients)[:, None], torch.tensor(vectors))
        with mock.patch.object(piq_brisque, "load_url", lambda *_, **__: weights):
            score = piq_brisque.brisque(x, data_range=1.0).item()
        answers[name] = {"features": features[name][0].tolist(), "score": score}
    written = {"made_with": {"piq": piq.__version__, "torch": torch.__version__}, "pictures": answers}
    (folder / "reference.json").write_text(json.dumps(written) + "\n")
    print({name: round(answer["score"], 3) for name, answer in answers.items()})
