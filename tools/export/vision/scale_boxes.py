"""Writes boxes that ultralytics' `scale_boxes` maps back from seeded letterboxes, and float16 bits as numpy rounds them."""

import hashlib
import json
import os
from pathlib import Path

os.environ["YOLO_OFFLINE"] = "true"

import numpy as np
import torch
from ultralytics.data.augment import LetterBox
from ultralytics.utils import ops

from integer_stream import IntegerStream, mix

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"


def main():
    cases = []
    for number in range(150):
        stream = IntegerStream(number)
        longest = [30, 300, 2000][number % 3]
        width, height = stream.between(1, longest), stream.between(1, longest)
        side = 32 * stream.between(2, 20)
        auto = number % 4 == 0
        shape = LetterBox(new_shape=(side, side), auto=auto, stride=32)(image=np.zeros((height, width, 3), np.uint8)).shape
        boxes = np.array([[stream.between(-2000, 16000 * 8) / 128 for _ in range(4)] for _ in range(2)], dtype=np.float32)
        back = ops.scale_boxes(shape[:2], torch.from_numpy(boxes.copy()), (height, width)).numpy()
        cases.append({
            "width": width, "height": height, "side": side, "auto": auto, "model": [shape[1], shape[0]],
            "boxes": boxes.flatten().tolist(), "back": back.flatten().tolist(),
        })
    (FIXTURES / "scale-boxes.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    patterns = mix(np.arange(4000, dtype=np.uint64)).astype(np.uint32)
    patterns[::2] = (patterns[::2] & 0x8FFFFFFF) | 0x30000000
    with np.errstate(over="ignore"):
        halves = patterns.view(np.float32).astype(np.float16)
    halves = np.where(np.isnan(halves), np.float16(np.nan), halves)
    (FIXTURES.parents[1] / "core" / "fixtures" / "float16.txt").write_text(hashlib.sha256(halves.view(np.uint16).tobytes()).hexdigest() + "\n")


if __name__ == "__main__":
    main()
