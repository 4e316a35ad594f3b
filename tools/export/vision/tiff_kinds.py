"""Writes what Pillow 13 and OpenCV 5 read of a TIFF of every kind: the digest of the RGB bytes, or nothing.

The files are made here by rule, and by the same rule in packages/vision/fixtures/tiff-file.ts. A kind's name has the colours, how many
samples a pixel has (with what those beyond the colours are), the numbers and their bits, and how they lie in the file.
"""

import hashlib
import io
import json
import struct
import warnings
import zlib

import cv2
import numpy as np
from PIL import Image, ImageOps

from pictures import FOLDER

COLOURS = {"white": 0, "black": 1, "rgb": 2, "palette": 3, "ink": 5}
NUMBERS = {"u": 1, "i": 2, "f": 3, "v": 4}
CODES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i", "f16": "e", "f32": "f", "f64": "d", "v8": "B", "v16": "H", "v32": "I"}
COMPRESSIONS = {"lzw": 5, "zip": 8, "packbits": 32773}
TILE = 32

LAYOUTS = {"white": ["1", "2a2"], "black": ["1", "2a0", "2a1", "2a2"], "rgb": ["3", "4a0", "4a1", "4a2", "5a2"], "ink": ["4", "5a2"]}
KINDS = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "f16", "f32", "f64"]
SOLE = [*(f"{grey} 1 u{bits}" for grey in ("white", "black") for bits in (1, 2, 4, 8, 12, 16)), "black 1 u32", *(f"palette 1 u{bits}" for bits in (1, 2, 4, 8))]
SOLE_FORMS = ["be planes", "le planes", "le rows3", "be planes rows3", "le tiles", "le planes tiles", "le zip", "be planes zip", "le packbits planes", "le lzw", "le lzw planes tiles",
              "le fill2", "be fill2", "le planes fill2", "le zip fill2", "be packbits fill2", "le lzw fill2", "le tiles fill2", "le zip fill2 reversed", "le lzw fill2 reversed"]
SEVERAL = [f"{layout} u{bits}" for layout in ("rgb 3", "rgb 4", "rgb 4a0", "rgb 4a1", "rgb 4a2", "rgb 5a0+0", "rgb 5a1+0", "rgb 5a2+0", "rgb 6a0+0+0", "ink 4", "ink 5", "ink 5a0", "ink 5a2", "ink 6a0+0", "black 2", "black 2a0", "black 2a2", "palette 2a0", "palette 2a2")
           for bits in (8, 16)]
SEVERAL_FORMS = ["le", "be", "le planes", "be planes", "le planes rows3", "le tiles", "le planes tiles", "le zip", "le planes zip", "be planes lzw tiles", "be zip planes", "le fill2", "le zip fill2", "le zip fill2 reversed", "le bits-once"]
OTHERS = [
    *(f"{layout} le {how}turned{turn}" for layout in ("black 1 u8", "rgb 3 u8") for how in ("", "zip ") for turn in range(11)),
    *(f"{grey} 1 {number}{bits} le" for grey in ("white", "black") for number in "iv" for bits in (8, 16, 32)),
    *(f"{layout} le {lack}" for layout in ("black 1 u1", "black 1 u8", "rgb 3 u8", "rgb 3 u1", "white 1 u1") for lack in ("no-bits", "no-samples", "no-format")),
    *(f"{layout} le zip predicted" for layout in ("black 1 u8", "black 1 u16", "rgb 3 u8", "rgb 3 u16", "ink 4 u8", "rgb 4a2 u8")),
    *(f"rgb 3 u{bits} le" for bits in (1, 2, 4, 12)), *(f"ink 4 u{bits} le" for bits in (1, 4)),
    *(f"{layout} {form}" for layout in ("black 1 f32", "white 1 f32", "black 1 i16", "black 1 i32") for form in ("le zip", "be zip", "be packbits", "le planes", "be planes", "le planes rows3")),
    *(f"{layout} {form}" for layout in ("black 1a2 u8", "black 1a0 u16", "palette 1a2 u8", "rgb 3a0 u8", "rgb 3a2 u16", "ink 4a0 u8", "black 3a0+0 u8", "black 3 u8") for form in ("le", "le planes zip")),
    *(f"ink 4 u8 {form} inks2" for form in ("le", "be zip", "le planes")),
]

# How pieces may be at odds with what the tags say of them.
AT_ODDS = ["more1", "more2", "fewer1", "sized5", "last5", "last-5", "no-rows", "says1", "says7", "says100"]
SIDES = ["16x16", "48x16", "48x32", "48x48", "64x16", "80x80"]


def names():
    for colours, layouts in LAYOUTS.items():
        for layout in layouts:
            for kind in KINDS:
                for form in ["le", "be"] if layout[0] == "1" else ["le", "be", "planes"]:
                    yield f"{colours} {layout} {kind} {form}"
    yield from (f"{kind} {form}" for kind in SOLE for form in ["le", "be", *SOLE_FORMS])
    yield from (f"{kind} {form}" for kind in SEVERAL for form in SEVERAL_FORMS)
    yield from OTHERS
    for layout in ("black 1 u8", "rgb 3 u8", "rgb 4a2 u8"):
        yield from (f"{layout} le{form} {odd}{rows}" for odd in AT_ODDS for rows in (" rows1", " rows4") for form in ("", " planes"))
        yield from (f"{layout} le tiles sides{sides}{form}" for sides in SIDES for form in ("", " more1", " fewer1", " zip"))


def main():
    warnings.simplefilter("ignore")
    entries = {name: " ".join(read(tiff(name)) for read in (by_pillow, by_opencv)) for name in names()}
    (FOLDER.parent / "tiff-kinds.json").write_text(json.dumps(entries, indent=1) + "\n")


def tiff(name):
    colours, layout, kind, *form = name.split(" ")
    order = ">" if "be" in form else "<"
    samples, _, extra = layout.partition("a")
    samples, bits = int(samples), int(kind[1:])
    planes = samples if "planes" in form else 1
    width, height = (40, 36) if "tiles" in form else (9, 7)
    side = next(([int(n) for n in word[5:].split("x")] for word in form if word.startswith("sides")), [TILE, TILE])
    rows = number("rows", form, height)
    turn = number("turned", form, None)
    row_bytes = (width * samples // planes * bits + 7) // 8
    data = values(kind, order, row_bytes * height * planes)
    compression = next((word for word in form if word in COMPRESSIONS), None)
    pieces = [
        reversed_bits(packed(piece, compression)) if "reversed" in form else packed(piece, compression)
        for plane in range(planes)
        for piece in (tiles if "tiles" in form else strips)(data[plane * row_bytes * height:][:row_bytes * height], row_bytes, rows, side[0] * samples // planes * bits // 8, side[1])
    ]
    pieces = pieces[:max(1, len(pieces) - number("fewer", form, 0))] + pieces[-1:] * number("more", form, 0)
    sizes = [len(piece) + number("sized", form, 0) for piece in pieces]
    sizes[-1] += number("last", form, 0)
    offsets, counts = (324, 325) if "tiles" in form else (273, 279)
    tags = {
        256: [width], 257: [height], 258: [bits] * (1 if "bits-once" in form else samples), 259: [COMPRESSIONS.get(compression, 1)], 262: [COLOURS[colours]],
        266: [2] if "fill2" in form else [], 274: [] if turn is None else [turn], offsets: [-1] * len(pieces), 277: [samples], 278: [number("says", form, rows)], counts: sizes[:len(sizes) - number("unsized", form, 0)],
        284: [2 if "planes" in form else 1], 317: [2] if "predicted" in form else [], 320: [i * 40503 % 65536 for i in range(3 * 2 ** bits)] if colours == "palette" and bits <= 8 else [],
        332: [2] if "inks2" in form else [],
        322: side[:1] if "tiles" in form else [], 323: side[1:] if "tiles" in form else [], 338: [int(meaning) for meaning in extra.split("+") if meaning], 339: [NUMBERS[kind[0]]] * samples,
    }
    for lack, tag in (("no-bits", 258), ("no-samples", 277), ("no-format", 339), ("no-rows", 278), ("no-sizes", counts), ("tiles", 278)):
        if lack in form:
            tags.pop(tag, None)
    tags = sorted((tag, numbers) for tag, numbers in tags.items() if numbers)
    apart_at = 8 + 2 + 12 * len(tags) + 4
    data_at = apart_at + sum(2 * len(numbers) for _, numbers in tags if len(numbers) > 2)
    directory, apart = b"", b""
    for tag, numbers in tags:
        if tag == offsets:
            numbers = [data_at + sum(len(piece) for piece in pieces[:i]) for i in range(len(pieces))]
        numbers = struct.pack(f"{order}{len(numbers)}H", *numbers)
        place = numbers.ljust(4, b"\0")
        if len(numbers) > 4:
            place = struct.pack(f"{order}I", apart_at + len(apart))
            apart += numbers
        directory += struct.pack(f"{order}HHI", tag, 3, len(numbers) // 2) + place
    magic = b"MM" if "be" in form else b"II"
    return magic + struct.pack(f"{order}HIH", 42, 8, len(tags)) + directory + bytes(4) + apart + b"".join(pieces)


def values(kind, order, length):
    """Every level of 8 and 16 bits, about what 8 bits hold of wider ones, and any bytes of those that share one."""
    if kind not in CODES:
        return bytes((37 * i + 11) % 256 for i in range(length))
    count = length // (int(kind[1:]) // 8)
    return struct.pack(f"{order}{count}{CODES[kind]}", *(value(kind, i) for i in range(count)))


def value(kind, i):
    if kind.endswith("8"):
        return (37 * i + 11) % 256 - (128 if kind == "i8" else 0)
    if kind in ("u16", "i16", "v16"):
        return (9973 * i + 11) % 65536 - (32768 if kind == "i16" else 0)
    return (37 * i + 11) % 300 - (0 if kind[0] in "uv" else 20)


def number(start, form, otherwise):
    """The number after a word that begins so."""
    return next((int(word[len(start):]) for word in form if word.startswith(start) and word != start), otherwise)


def strips(plane, row_bytes, rows, *_):
    return [plane[at:at + rows * row_bytes] for at in range(0, len(plane), rows * row_bytes)]


def tiles(plane, row_bytes, _, tile_bytes, tile_rows):
    """Rows of a tile, those beyond the picture's edges filled up with zeros."""
    rows = [plane[at:at + row_bytes] for at in range(0, len(plane), row_bytes)]
    rows += [b""] * (-len(rows) % tile_rows)
    return [
        b"".join(row[left:left + tile_bytes].ljust(tile_bytes, b"\0") for row in rows[top:top + tile_rows])
        for top in range(0, len(rows), tile_rows)
        for left in range(0, row_bytes, tile_bytes)
    ]


def packed(piece, compression):
    if compression == "zip":
        return zlib.compress(piece)
    if compression == "packbits":
        return b"".join(bytes([len(piece[at:at + 100]) - 1]) + piece[at:at + 100] for at in range(0, len(piece), 100))
    if compression == "lzw":
        # Codes of nine bits alone: the table is cleared before it needs longer ones.
        codes = [code for at in range(0, len(piece), 200) for code in (256, *piece[at:at + 200])] + [257]
        text = "".join(f"{code:09b}" for code in codes)
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")
    return piece


def reversed_bits(data):
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)


def by_pillow(data):
    try:
        read = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return "-"
    return digest(read.tobytes(), *read.size)


def by_opencv(data):
    try:
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        read = None
    return "-" if read is None else digest(read[..., ::-1].tobytes(), read.shape[1], read.shape[0])


def digest(data, width, height):
    return hashlib.sha256(data).hexdigest()[:16] + ("" if width > height else f"/{width}x{height}")


if __name__ == "__main__":
    main()
