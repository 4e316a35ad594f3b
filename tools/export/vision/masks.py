"""Writes what ultralytics, pycocotools and Pillow make of seeded prototypes, masks and polygons.

ultralytics (AGPL) runs here as a reference and is no part of the project.
"""

import json
import os
from pathlib import Path

os.environ["YOLO_OFFLINE"] = "true"

import numpy as np
import torch
from PIL import Image, ImageDraw
from pycocotools import mask as coco
from ultralytics.utils import ops

from integer_stream import IntegerStream, mix

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"


def smooth(seed, channels, height, width):
    """Prototypes as waves in sixteenths of a unit, the same in TypeScript."""
    c, y, x = np.meshgrid(np.arange(channels), np.arange(height), np.arange(width), indexing="ij")
    phase = (x * (1 + (c + seed) % 5) + y * (1 + (c * 3 + seed) % 4) + c * 17) % 64
    return ((np.abs(phase - 32) - 16) / 16).astype(np.float32)


def yolo():
    for number in range(24):
        stream = IntegerStream(number + 500)
        proto_height, proto_width = 8 * stream.between(1, 5), 8 * stream.between(1, 5)
        channels, count = stream.between(1, 6), stream.between(1, 4)
        picture = (stream.between(5, 250), stream.between(5, 250))
        protos = torch.from_numpy(smooth(number, channels, proto_height, proto_width))
        coefficients = torch.tensor([[stream.between(-64, 64) / 32 for _ in range(channels)] for _ in range(count)])
        result = {"seed": number, "prototypes": [channels, proto_height, proto_width], "picture": list(picture), "coefficients": coefficients.flatten().tolist()}
        for name, (height, width) in (("model", (4 * proto_height, 4 * proto_width)), ("picture", picture)):
            corners = [[stream.between(-80, 16 * width) / 16, stream.between(-80, 16 * height) / 16] for _ in range(2 * count)]
            boxes = torch.tensor([[min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])] for a, b in zip(corners[::2], corners[1::2])])
            if name == "model":
                masks = ops.process_mask(protos, coefficients, boxes, (height, width), upsample=True)
            else:
                masks = ops.process_mask_native(protos, coefficients, boxes, (height, width))
            runs = [coco.encode(np.asfortranarray(m.numpy().astype(np.uint8)))["counts"].decode() for m in masks]
            result[f"{name}_boxes"], result[f"{name}_masks"] = boxes.flatten().tolist(), runs
        yield result


def runs():
    for number in range(40):
        stream = IntegerStream(number + 900)
        height, width, block = stream.between(1, 60), stream.between(1, 60), stream.between(1, 9)
        noise = mix(np.arange(height * width, dtype=np.uint64) // block + number * 77_777)
        mask = (noise & 1).astype(np.uint8).reshape(height, width)
        if number < 2:
            mask[:] = number
        encoded = coco.encode(np.asfortranarray(mask))
        yield {"seed": number, "height": height, "width": width, "block": block, "counts": encoded["counts"].decode(), "area": int(coco.area(encoded))}


def polygons():
    for number in range(120):
        stream = IntegerStream(number + 1300)
        width, height = stream.between(1, 60), stream.between(1, 60)
        shapes = [
            [stream.between(-40, 16 * (width if i % 2 == 0 else height) + 40) / (16 if number % 2 else 1) // (1 if number % 2 else 16) for i in range(2 * stream.between(2, 9))]
            for _ in range(stream.between(1, 2))
        ]
        image = Image.new("L", (width, height))
        for shape in shapes:
            ImageDraw.Draw(image).polygon(shape, fill=1)
        yield {"width": width, "height": height, "polygons": shapes, "counts": coco.encode(np.asfortranarray(np.asarray(image)))["counts"].decode()}


def main():
    parts = {"yolo": yolo(), "runs": runs(), "polygons": polygons()}
    text = ",\n".join(f'"{name}": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]" for name, cases in parts.items())
    (FIXTURES / "masks.json").write_text("{" + text + "}\n")


if __name__ == "__main__":
    main()
