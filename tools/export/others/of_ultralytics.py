"""Classifiers, detectors and segmenting models of ultralytics from its own `.yaml` files, by its own exporter."""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["YOLO_OFFLINE"] = "true"
sys.path.insert(0, str(Path(__file__).parents[1] / "yolo"))

import numpy
import torch
from cases import LABELS, PICTURES, attempt
from PIL import Image
from ultralytics import YOLO
from yolo_reference import enliven, tensor_of

LIKE = {"classify": "vehicle-segment-classification", "detect": "yolo-world-s", "segment": "vehicle-damage-detection"}
CONF, IOU = 0.3, 0.6
PLAIN = {}
EXPORTS = [
    ("yolov8n-cls", "fp32", PLAIN),
    ("yolov8n-cls", "fp16", {"quantize": 16}),
    ("yolov8n-cls", "dynamic", {"dynamic": True}),
    ("yolov8n-cls", "int8", {"quantize": 8}),
    ("yolov8n-cls", "rectangle", {"imgsz": [96, 160]}),
    ("yolov8n-cls", "batch=2", {"batch": 2}),
    ("yolo11n-cls", "fp32", PLAIN),
    ("yolo12n-cls", "fp32", PLAIN),
    ("yolo26n-cls", "fp32", PLAIN),
    ("yolov8n", "fp32", PLAIN),
    ("yolov8n", "fp16", {"quantize": 16}),
    ("yolov8n", "dynamic", {"dynamic": True}),
    ("yolov8n", "int8", {"quantize": 8}),
    ("yolov8n", "nms=True", {"nms": True}),
    ("yolov8n", "batch=2", {"batch": 2}),
    ("yolov5n", "fp32", PLAIN),
    ("yolov9t", "fp32", PLAIN),
    ("yolo11n", "fp32", PLAIN),
    ("yolo12n", "fp32", PLAIN),
    ("yolov10n", "fp32", PLAIN),
    ("yolov10n", "nms=False", {"nms": False}),
    ("yolo26n", "fp32", PLAIN),
    ("yolo26n", "nms=False", {"nms": False}),
    ("yolov8n-seg", "fp32", PLAIN),
    ("yolov8n-seg", "fp16", {"quantize": 16}),
    ("yolov8n-seg", "dynamic", {"dynamic": True}),
    ("yolov8n-seg", "int8", {"quantize": 8}),
    ("yolov8n-seg", "nms=True", {"nms": True}),
    ("yolo11n-seg", "fp32", PLAIN),
    ("yolo12n-seg", "fp32", PLAIN),
    ("yolo26n-seg", "fp32", PLAIN),
    ("yolo26n-seg", "nms=False", {"nms": False}),
    ("yolov8n-pose", "of another task", PLAIN),
    ("yolov8n-obb", "of another task", PLAIN),
]


def task_of(name: str) -> str:
    return {"cls": "classify", "seg": "segment", "pose": "pose", "obb": "obb"}.get(name.partition("-")[2], "detect")


def build(name: str, size: tuple[int, int]) -> YOLO:
    """The architecture of the file with random weights, which see what is shown, and five classes."""
    import yaml
    from ultralytics.nn.tasks import yaml_model_load

    torch.manual_seed(7)
    description = yaml_model_load(f"{name}.yaml") | {"nc": len(LABELS), "scale": name.replace("-", " ").split()[0][-1]}
    description.pop("yaml_file", None)
    path = Path.cwd() / f"{name}.yaml"
    path.write_text(yaml.safe_dump(description))
    yolo = YOLO(str(path), task=task_of(name), verbose=False)
    model = yolo.model
    enliven(model, PICTURES, size, 7, model)
    head = model.model[-1]
    with torch.no_grad():
        if task_of(name) == "classify":
            head.linear.weight.mul_(30)
        for branch in ("cv3", "one2one_cv3"):
            for scale in getattr(head, branch, None) or []:
                scale[-1].weight.mul_(4)
                scale[-1].bias.copy_(torch.linspace(-2.5, -1.5, len(LABELS)))
    model.names = dict(enumerate(LABELS))
    return yolo


def calibration() -> str:
    """A data set of the pictures themselves, for the exporter that learns ranges from one."""
    folder = Path.cwd() / "data"
    for path in PICTURES * 3:
        for place in (folder / "images", *(folder / side / label for side in ("train", "val") for label in LABELS)):
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    (folder / "data.yaml").write_text(f"path: {folder}\ntrain: images\nval: images\nnames: {dict(enumerate(LABELS))}\n")
    return str(folder)


def answer_of(result, task: str) -> dict:
    if task == "classify":
        return {"labels": {result.names[i]: float(p) for i, p in enumerate(result.probs.data)}}
    masks = None if result.masks is None else result.masks.data.numpy()
    found = zip(result.boxes.cls, result.boxes.conf.tolist(), result.boxes.xyxy.tolist())
    return {
        "objects": [
            {"label": result.names[int(label)], "score": score, "box": box, **({} if masks is None else {"area": int(masks[i].sum())})}
            for i, (label, score, box) in enumerate(found)
        ]
    }


def make(root: Path) -> None:
    for name, variant, options in EXPORTS:
        task = task_of(name)
        with attempt(root, "ultralytics", name, variant, LIKE.get(task, LIKE["detect"])) as case, \
                tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
            size = tuple(options.get("imgsz", [160, 160]))
            data = {}
            if options.get("quantize") == 8:
                data = {"data": calibration() if task == "classify" else f"{calibration()}/data.yaml"}
            file = build(name, size).export(**{"format": "onnx", "imgsz": list(size), "device": "cpu", "verbose": False, **data, **options})
            shutil.copyfile(file, case.folder / Path(file).name)
            if task not in LIKE:
                continue
            exported = YOLO(str(case.folder / Path(file).name), task=task, verbose=False)
            for path in PICTURES:
                free = options.get("dynamic", False)
                flags = {} if task == "classify" else {"conf": CONF, "iou": IOU, "retina_masks": True, "rect": free}
                result = exported.predict(str(path), imgsz=list(size), device="cpu", verbose=False, save=False, **flags)[0]
                asked = {"classify": "classify-image", "detect": "detect-objects", "segment": "segment-objects"}[task]
                case.ask(asked, path, answer_of(result, task), *([] if task == "classify" else ["--threshold", str(CONF), "--iou", str(IOU)]))
