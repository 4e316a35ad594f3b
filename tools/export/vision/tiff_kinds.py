"""Writes what Pillow 13 and OpenCV 5 read of a TIFF of every kind of samples: the digest of the RGB bytes, or nothing.

The files are made here by rule, and by the same rule in tiff-readable.test.ts: 9 x 7 pixels, one strip, no compression.
"""

import hashlib
import io
import json
import struct
import warnings

import cv2
import numpy as np
from PIL import Image

from pictures import FOLDER

WIDTH, HEIGHT = 9, 7
COLOURS = {"white": 0, "black": 1, "rgb": 2, "ink": 5}
NUMBERS = {"u": 1, "i": 2, "f": 3}
LAYOUTS = {"white": ["1", "2a2"], "black": ["1", "2a0", "2a1", "2a2"], "rgb": ["3", "4a0", "4a1", "4a2", "5a2"], "ink": ["4", "5a2"]}
KINDS = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "f16", "f32", "f64"]


def main():
    warnings.simplefilter("ignore")
    entries = {}
    for colours, layouts in LAYOUTS.items():
        for layout in layouts:
            for kind in KINDS:
                for form in ["le", "be"] if layout[0] == "1" else ["le", "be", "planes"]:
                    name = f"{colours} {layout} {kind} {form}"
                    data = tiff(colours, layout, kind, form)
                    entries[name] = f"{by_pillow(data)} {by_opencv(data)}"
    (FOLDER.parent / "tiff-kinds.json").write_text(json.dumps(entries, indent=1) + "\n")


def tiff(colours, layout, kind, form):
    order = ">" if form == "be" else "<"
    samples, _, extra = layout.partition("a")
    samples, bits = int(samples), int(kind[1:])
    values = [value(kind, i) for i in range(WIDTH * HEIGHT * samples)]
    code = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i", "f16": "e", "f32": "f", "f64": "d"}[kind]
    data = struct.pack(f"{order}{len(values)}{code}", *values)
    planes = samples if form == "planes" else 1
    tags = [
        (256, [WIDTH]), (257, [HEIGHT]), (258, [bits] * samples), (259, [1]), (262, [COLOURS[colours]]),
        (273, [-1] * planes), (277, [samples]), (278, [HEIGHT]), (279, [len(data) // planes] * planes),
        (284, [2 if form == "planes" else 1]), (338, [int(extra)] if extra else []), (339, [NUMBERS[kind[0]]] * samples),
    ]
    tags = [(tag, numbers) for tag, numbers in tags if numbers]
    apart_at = 8 + 2 + 12 * len(tags) + 4
    data_at = apart_at + sum(2 * len(numbers) for _, numbers in tags if len(numbers) > 2)
    directory, apart = b"", b""
    for tag, numbers in tags:
        if tag == 273:
            numbers = [data_at + i * (len(data) // planes) for i in range(planes)]
        packed = struct.pack(f"{order}{len(numbers)}H", *numbers)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place = struct.pack(f"{order}I", apart_at + len(apart))
            apart += packed
        directory += struct.pack(f"{order}HHI", tag, 3, len(numbers)) + place
    magic = b"MM" if form == "be" else b"II"
    return magic + struct.pack(f"{order}HIH", 42, 8, len(tags)) + directory + bytes(4) + apart + data


def value(kind, i):
    """Every level of 8 and 16 bits, and about what 8 bits hold of wider ones."""
    if kind in ("u8", "i8"):
        return (37 * i + 11) % 256 - (128 if kind == "i8" else 0)
    if kind in ("u16", "i16"):
        return (9973 * i + 11) % 65536 - (32768 if kind == "i16" else 0)
    return (37 * i + 11) % 300 - (0 if kind[0] == "u" else 20)


def by_pillow(data):
    try:
        return digest(Image.open(io.BytesIO(data)).convert("RGB").tobytes())
    except (OSError, ValueError):
        return "-"


def by_opencv(data):
    try:
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        read = None
    return "-" if read is None else digest(read[..., ::-1].tobytes())


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


main()
