"""Trains the demonstration BRISQUE and writes it in OpenCV's format.

Features are OpenCV's. The target is 0 for a pristine picture and grows to 100 with the gradient magnitude similarity
deviation (GMSD, Xue et al. 2014) between the distorted picture and its source. The regression is the epsilon-SVR of
`cv2.ml`, on features scaled to -1..1 by the range file.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from scipy.stats import spearmanr

from brisque_pictures import DISTORTIONS, STRENGTHS, distort, load_sources

ARTIFACTS = Path(__file__).parents[2] / "packages" / "demo" / "artifacts" / "brisque"
MODEL, RANGE = ARTIFACTS / "brisque_model.yml", ARTIFACTS / "brisque_range.yml"
# The GMSD at which a picture counts as ruined.
WORST_GMSD = 0.28
FOLDS = 5
C, GAMMA, TUBE = 1024.0, 0.2, 9.0


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    # One thread, for the sums inside OpenCV depend on how the work is cut.
    cv2.setNumThreads(1)
    features, targets, sources = measure()
    report(features, targets, sources)
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    limits = np.stack([features.min(0), features.max(0)])
    write_range(limits)
    regression = fit(scaled(features, limits), targets)
    regression.save(str(MODEL))
    for path in (MODEL, RANGE):
        declare_yaml_1_0(path)
    vectors = len(regression.getSupportVectors())
    print(f"{len(targets)} pictures, {vectors} support vectors, {MODEL.stat().st_size} bytes")


def measure() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features float32 [n, 36], targets float32 [n] in 0..100, and the source picture's number [n]."""
    rng = np.random.default_rng(0)
    features, targets, numbers = [], [], []
    for number, crops in enumerate(load_sources().values()):
        for crop in crops:
            pairs = [(kind, strength) for kind in DISTORTIONS for strength in range(STRENGTHS)]
            for shown in [crop, *(distort(crop, *pair, rng) for pair in pairs)]:
                features.append(cv2.quality.QualityBRISQUE_computeFeatures(shown)[0])
                targets.append(target(crop, shown))
                numbers.append(number)
    return np.array(features), np.array(targets, np.float32), np.array(numbers)


def target(source: np.ndarray, shown: np.ndarray) -> float:
    """0 for the source itself, 100 from WORST_GMSD on; the root spreads the slight distortions."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (source, shown)]
    gmsd = cv2.quality.QualityGMSD_compute(*grey)[0][0]
    return 100 * min(1.0, np.sqrt(max(gmsd, 0.0) / WORST_GMSD))


def scaled(features: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """OpenCV's scaling of features to -1..1."""
    low, high = limits
    return (-1 + 2 * (features - low) / (high - low)).astype(np.float32)


def fit(rows: np.ndarray, targets: np.ndarray) -> cv2.ml.SVM:
    regression = cv2.ml.SVM_create()
    regression.setType(cv2.ml.SVM_EPS_SVR)
    regression.setKernel(cv2.ml.SVM_RBF)
    regression.setC(C)
    regression.setGamma(GAMMA)
    regression.setP(TUBE)
    regression.setTermCriteria((cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 200_000, 1e-3))
    regression.train(rows, cv2.ml.ROW_SAMPLE, targets)
    return regression


def report(features: np.ndarray, targets: np.ndarray, sources: np.ndarray) -> None:
    """Prints the correlation of predictions for pictures none of whose versions were trained on."""
    predicted = np.empty_like(targets)
    fold = np.random.default_rng(1).permutation(sources.max() + 1)[sources] % FOLDS
    each = []
    for held in range(FOLDS):
        train, test = fold != held, fold == held
        limits = np.stack([features[train].min(0), features[train].max(0)])
        regression = fit(scaled(features[train], limits), targets[train])
        predicted[test] = regression.predict(scaled(features[test], limits))[1][:, 0].clip(0, 100)
        each.append(spearmanr(predicted[test], targets[test]).statistic)
    print("Spearman by held-out picture:", " ".join(f"{value:.4f}" for value in each))
    error = np.abs(predicted - targets).mean()
    print(f"all folds: {spearmanr(predicted, targets).statistic:.4f}, off by {error:.2f} points")


def write_range(limits: np.ndarray) -> None:
    storage = cv2.FileStorage(str(RANGE), cv2.FILE_STORAGE_WRITE)
    storage.write("range", limits.astype(np.float32))
    storage.release()


def declare_yaml_1_0(path: Path) -> None:
    """OpenCV 5 heads its files with "%YAML 1.2"; OpenCV 4's header is the one that every release reads."""
    first, rest = path.read_text().split("\n", 1)
    assert first == "%YAML 1.2"
    path.write_text(f"%YAML:1.0\n{rest}")


if __name__ == "__main__":
    main()
