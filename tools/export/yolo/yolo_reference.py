"""What the exporters of YOLOs share: small models with random weights that find something, pictures, and `predict`'s answers.

ultralytics (AGPL) runs here as a tool and a reference, and is no part of the project.
"""

import hashlib
import os
import sys
from pathlib import Path

os.environ["YOLO_OFFLINE"] = "true"

import cv2
import numpy
import torch
from PIL import Image

torch.set_num_threads(1)
# Intel's own resizing, which some builds have, rounds otherwise.
cv2.ipp.setUseIPP(False)

EXPORT = Path(__file__).parents[1]
sys.path.insert(0, str(EXPORT / "clip"))

from fixture_pictures import scene  # noqa: E402

# The least share by which scores and overlaps must differ from each other and from thresholds, so that no rounding decides.
MARGIN = 2e-5


def make_pictures(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene(150, 60)).save(folder / "wide.jpg", quality=88)
    Image.fromarray(scene(37, 131)).save(folder / "tall.png")
    Image.fromarray(scene(23, 17)).save(folder / "small.png")
    Image.fromarray(scene(90, 70)[..., 0]).save(folder / "grey.jpg", quality=90)
    Image.fromarray(scene(160, 120)).resize((1280, 960), Image.Resampling.BICUBIC).save(folder / "large.jpg", quality=30)
    return sorted(folder.iterdir())


def enliven(model: torch.nn.Module, pictures: list[Path], size: tuple[int, int], seed: int, run) -> None:
    """Random weights whose layers pass on what they see: batch norms learn the pictures' statistics."""
    torch.manual_seed(seed)
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
            torch.nn.init.uniform_(module.weight, 0.7, 1.6)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    with torch.no_grad():
        for path in pictures:
            run(tensor_of(path, size))
    model.eval()


def tensor_of(path: Path, size: tuple[int, int], auto: bool = False) -> torch.Tensor:
    """The tensor [1, 3, height, width] that ultralytics' predictor makes of a file; `auto` fills up to the stride alone."""
    from ultralytics.data.augment import LetterBox

    image = LetterBox(size, auto=auto)(image=cv2.imread(str(path)))
    return torch.from_numpy(numpy.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1)[None])).float() / 255


def sha256(tensor: torch.Tensor) -> str:
    return hashlib.sha256(tensor.contiguous().numpy().astype("<f4").tobytes()).hexdigest()


def is_certain(output: torch.Tensor, classes: int, conf: float, iou: float) -> bool:
    """Whether the answer [1, 4 + classes + …, anchors] has no ties: of scores, of classes, of overlaps with the threshold."""
    import torchvision

    scores = output[0, 4 : 4 + classes]
    best, label = scores.max(0)
    if (best - conf).abs().min() < MARGIN:
        return False
    kept = best > conf
    found, names = best[kept], label[kept]
    if len(found) < 4:
        return False
    if classes > 1:
        two = scores[:, kept].topk(2, dim=0).values
        if (two[0] - two[1]).min() < MARGIN:
            return False
    if found.sort().values.diff().min() < MARGIN:
        return False
    boxes = torchvision.ops.box_convert(output[0, :4].T[kept], "cxcywh", "xyxy")
    overlaps = torchvision.ops.box_iou(boxes, boxes)
    same = names[:, None] == names[None]
    return bool(((overlaps - iou).abs()[same] > 1e-3).all())


def predictions(model, path: Path, size: tuple[int, int], rect: bool = False, **options):
    """ultralytics' own `predict` of one file: on the whole letterbox, unless `rect` says otherwise."""
    return model.predict(str(path), imgsz=list(size), rect=rect, device="cpu", verbose=False, save=False, **options)[0]


def answer_of(result) -> dict:
    return {
        "boxes": [[float(value) for value in box] for box in result.boxes.xyxy.tolist()],
        "scores": result.boxes.conf.tolist(),
        "labels": [result.names[int(label)] for label in result.boxes.cls],
    }
