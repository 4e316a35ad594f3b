"""The graphs and files that vehicle-damage.py writes."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "yolo"))

import numpy
import onnx
import onnxruntime
import torch
from PIL import Image
from pycocotools import mask as coco
from yolo_reference import EXPORT, answer_of, enliven, is_certain, make_pictures, predictions, scene, sha256, tensor_of
from ultralytics import YOLO

# What of the exporter's metadata a fixture keeps; the rest speaks of other people's models.
KEPT = ("task", "stride", "imgsz", "names", "channels", "end2end")
FIXTURES = EXPORT.parent.parent / "plugins" / "vehicle-damage" / "fixtures"
# Names in several spellings and orders, as checkpoints have them; sizes are height, width.
MODELS = {
    1: dict(name="square", size=(96, 96), channels=16, names=["crack", "dent", "glass shatter", "lamp broken", "scratch", "tire flat"], conf=0.25, iou=0.7),
    2: dict(name="wide", size=(64, 128), channels=8, names=["Dents", "Scratches", "glass_shatter"], conf=0.3, iou=0.45),
    3: dict(name="one-class", size=(128, 96), channels=8, names=["driver's \"damage\""], conf=0.4, iou=0.6),
    # Sides are free: pictures are filled up to the stride alone.
    4: dict(name="free-sides", size=(128, 128), channels=8, names=["dent", "scratch"], conf=0.35, iou=0.5, free=True),
}


def export(checkpoint: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(YOLO(checkpoint).export(format="onnx", opset=17, simplify=False, device="cpu"), folder / "best.onnx")


def description(channels: int, classes: int) -> dict:
    """YOLO11's segmenting architecture with one tenth of its layers: backbone, pyramid, three scales, prototypes."""
    c = channels
    return {
        "nc": classes, "reg_max": 4, "scales": {"n": [1, 1, 1024]},
        "backbone": [
            [-1, 1, "Conv", [c, 3, 2]], [-1, 1, "Conv", [c, 3, 2]], [-1, 1, "C3k2", [c, False, 0.5]], [-1, 1, "Conv", [c, 3, 2]],
            [-1, 1, "Conv", [c, 3, 2]], [-1, 1, "Conv", [2 * c, 3, 2]], [-1, 1, "SPPF", [2 * c, 5]],
        ],
        "head": [
            [-1, 1, "nn.Upsample", [None, 2, "nearest"]], [[-1, 4], 1, "Concat", [1]], [-1, 1, "C3k2", [c, False]],
            [-1, 1, "nn.Upsample", [None, 2, "nearest"]], [[-1, 3], 1, "Concat", [1]], [-1, 1, "C3k2", [c, False]],
            [[12, 9, 6], 1, "Segment", ["nc", 8, c]],
        ],
    }


def build(seed: int, size, channels: int, names: list[str], conf: float, pictures: list[Path], folder: Path) -> YOLO:
    import yaml

    torch.manual_seed(seed)
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(description(channels, len(names))))
    yolo = YOLO(str(path), task="segment", verbose=False)
    model = yolo.model
    enliven(model, pictures, size, seed, model)
    head = model.model[-1]
    with torch.no_grad():
        for branch in (head.cv3, head.cv2, head.cv4):
            for scale in branch:
                scale[-1].weight.mul_(4)
        logits = torch.cat([torch.special.logit(model(tensor_of(p, size))[0][0][0, 4 : 4 + len(names)]).amax(0) for p in pictures])
        # The best tenth of the anchors passes.
        shift = torch.special.logit(torch.tensor(conf)) - logits.quantile(0.9)
        for scale in head.cv3:
            scale[-1].bias.add_(shift)
    yolo.model.names = dict(enumerate(names))
    return yolo


def make(seed: int) -> None:
    options = MODELS[seed]
    size, names, conf, iou = options["size"], options["names"], options["conf"], options["iou"]
    free = options.get("free", False)
    folder = FIXTURES / options["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pictures = make_pictures(FIXTURES / "pictures")
    if free:
        # Fills its letterbox exactly after rounding: ultralytics takes it to lie one pixel beside where it lies.
        Image.fromarray(scene(201, 101)).save(folder / "strip.jpg", quality=88)
        pictures.append(folder / "strip.jpg")
    # ultralytics writes its graph into the current folder.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for attempt in range(200):
            yolo = build(1000 * seed + attempt, size, options["channels"], names, conf, pictures, Path(scratch))
            with torch.no_grad():
                outputs = [yolo.model(tensor_of(path, size, free))[0][0] for path in pictures]
            if all(is_certain(output, len(names), conf, iou) for output in outputs):
                break
        else:
            raise AssertionError("no weights whose answers are certain")
        file = yolo.export(format="onnx", opset=17, simplify=False, dynamic=free, imgsz=list(size), device="cpu", verbose=False)
        shutil.copyfile(file, folder / "best.onnx")
    graph = onnx.load(folder / "best.onnx")
    kept = {entry.key: entry.value for entry in graph.metadata_props if entry.key in KEPT}
    onnx.helper.set_model_props(graph, kept)
    onnx.save(graph, folder / "best.onnx")
    session = onnxruntime.InferenceSession(folder / "best.onnx", providers=["CPUExecutionProvider"])
    exported = YOLO(str(folder / "best.onnx"), task="segment", verbose=False)
    images = []
    for path in pictures:
        tensor = tensor_of(path, size, free)
        output, prototypes = session.run(None, {"images": tensor.numpy()})
        image = {"file": os.path.relpath(path, FIXTURES / "pictures"), "pixel_sha256": sha256(tensor), "output_sums": output[0].astype(float).sum(-1).tolist(),
                 "prototype_sums": prototypes[0].astype(float).sum((-1, -2)).tolist(), "first_row": output[0, 0].tolist()}
        for key, retina in (("model", False), ("picture", True)):
            result = predictions(exported, path, size, rect=free, conf=conf, iou=iou, retina_masks=retina)
            masks = [] if result.masks is None else result.masks.data.numpy().astype(numpy.uint8)
            packed = [coco.encode(numpy.asfortranarray(mask)) for mask in masks]
            image[key] = answer_of(result) | {"masks": [{"size": run["size"], "counts": run["counts"].decode()} for run in packed]}
        images.append(image)
    reference = {"seed": 1000 * seed + attempt, "names": names, "size": size, "threshold": conf, "iou": iou, "images": images}
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")
    print(options["name"], sum(p.stat().st_size for p in folder.iterdir()), "bytes, objects", [len(i["model"]["boxes"]) for i in images], "weights of seed", 1000 * seed + attempt)


def main() -> None:
    if sys.argv[1] == "--tiny":
        for number in sys.argv[2:]:
            make(int(number))
    else:
        export(Path(sys.argv[1]), Path(sys.argv[2]))
