"""Writes what torchvision's suppression and overlap, insightface's and ultralytics', make of seeded boxes.

ultralytics (AGPL) runs here as a reference and is no part of the project.
"""

import hashlib
import json
import os
from pathlib import Path

os.environ["YOLO_OFFLINE"] = "true"

import numpy as np
import torch
import torchvision
from ultralytics.utils.nms import non_max_suppression

from integer_stream import mix

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"


def detections(seed, count, spread, classes):
    """Boxes with sides up to 64 in a square of `spread`, scores that are all different, and classes."""
    noise = mix(np.arange(count * 6, dtype=np.uint64) + seed * 1_000_003).reshape(count, 6)
    left = (noise[:, 0] % (spread * 16)).astype(np.float32) / 16
    top = (noise[:, 1] % (spread * 16)).astype(np.float32) / 16
    width = (noise[:, 2] % 1024).astype(np.float32) / 16
    height = (noise[:, 3] % 1024).astype(np.float32) / 16
    order = np.argsort(noise[:, 4], kind="stable").astype(np.float32)
    scores = (order + 1) / np.float32(count + 1)
    boxes = np.stack([left, top, left + width, top + height], 1)
    return boxes, scores.astype(np.float32), (noise[:, 5] % classes).astype(np.int64)


def insightface_nms(boxes, scores, threshold):
    """`nms` of insightface's detectors: areas and sides count the last pixel."""
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1 + 1) * (y2 - y1 + 1)
    order = scores.argsort()[::-1]
    keep = []
    while order.size > 0:
        best, rest = order[0], order[1:]
        keep.append(best)
        width = np.maximum(0, np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest]) + 1)
        height = np.maximum(0, np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest]) + 1)
        shared = width * height
        order = rest[shared / (areas[best] + areas[rest] - shared) <= threshold]
    return np.array(keep)


def weighted(boxes, scores, threshold):
    order, merged = np.argsort(-scores, kind="stable"), []
    while order.size > 0:
        overlaps = torchvision.ops.box_iou(torch.from_numpy(boxes[order[:1]]), torch.from_numpy(boxes[order]))[0].numpy()
        joins = overlaps > threshold
        joins[0] = True
        weights = scores[order[joins]].astype(np.float64)
        merged.append((weights[:, None] * boxes[order[joins]]).sum(0) / weights.sum())
        order = order[~joins]
    return np.array(merged)


def yolo():
    """Which of the anchors `non_max_suppression` keeps: classes held apart by adding 7680 times their number."""
    for seed, (count, spread, classes) in enumerate([(500, 300, 4), (2000, 600, 80), (8400, 600, 80), (8400, 600, 2), (8400, 90, 80)]):
        boxes, scores, labels = detections(seed + 30, count, spread, classes)
        if spread == 90:
            # Overlaps of exactly a half, but for rounding: thirds are rounded otherwise where a class has moved them far away.
            boxes, labels = np.floor(boxes / 8) / np.float32(3), 77 + labels % 3
        # Three extras: the box's left and top again, and its class.
        prediction = np.zeros((1, 7 + classes, count), dtype=np.float32)
        prediction[0, :4] = torchvision.ops.box_convert(torch.from_numpy(boxes), "xyxy", "cxcywh").numpy().T
        prediction[0, 4 + labels, np.arange(count)] = scores
        prediction[0, -3:] = [boxes[:, 0], boxes[:, 1], labels]
        for agnostic in (False, True):
            overlap = 0.5 if spread == 90 else 0.7
            rows = non_max_suppression(torch.from_numpy(prediction), 0.25, overlap, agnostic=agnostic, max_det=300, nc=classes)[0].numpy()
            yield {"seed": seed + 30, "count": count, "spread": spread, "classes": classes, "agnostic": agnostic,
                   "overlap": overlap, "kept": len(rows), "digest": digest(rows.astype(np.float32))}


def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:12]


def main():
    cases = []
    for seed, (count, spread, classes) in enumerate([(1, 10, 1), (50, 60, 3), (400, 200, 5), (3000, 640, 80), (30000, 2000, 80), (30000, 100, 2)]):
        boxes, scores, labels = detections(seed, count, spread, classes)
        tensor, weights, idxs = torch.from_numpy(boxes), torch.from_numpy(scores), torch.from_numpy(labels)
        for threshold in (0.0, 0.45, 0.7):
            agnostic = torchvision.ops.nms(tensor, weights, threshold).numpy().astype(np.int32)
            by_class = torchvision.ops.boxes._batched_nms_vanilla(tensor, weights, idxs, threshold).numpy().astype(np.int32)
            case = {"seed": seed, "count": count, "spread": spread, "classes": classes, "threshold": threshold,
                    "agnostic": digest(agnostic), "by_class": digest(by_class), "kept": [len(agnostic), len(by_class)]}
            if count <= 3000:
                case["pixel_edge"] = digest(insightface_nms(boxes, scores, np.float32(threshold)).astype(np.int32))
            if count <= 400:
                case["weighted"] = weighted(boxes, scores, threshold)[:10].flatten().tolist()
                case["overlaps"] = digest(torchvision.ops.box_iou(tensor, tensor[:7]).numpy())
            cases.append(case)
    boxes = detections(9, 40, 100, 1)[0]
    conversions = {}
    for source in ("xyxy", "xywh", "cxcywh"):
        for target in ("xyxy", "xywh", "cxcywh"):
            conversions[f"{source} {target}"] = digest(torchvision.ops.box_convert(torch.from_numpy(boxes), source, target).numpy())
    text = "{\n\"conversions\": " + json.dumps(conversions) + ",\n\"suppressions\": [\n" + ",\n".join(json.dumps(c) for c in cases) + "\n],\n\"yolo\": [\n" + ",\n".join(json.dumps(c) for c in yolo()) + "\n]}\n"
    (FIXTURES / "boxes.json").write_text(text)


if __name__ == "__main__":
    main()
