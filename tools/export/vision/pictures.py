"""Draws the small files of packages/vision/fixtures/pictures: every kind of file that people send."""


import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from integer_stream import picture

FOLDER = Path(__file__).parents[3] / "packages" / "vision" / "fixtures" / "pictures"


def scene(width, height, seed=7):
    """Slopes, a disc and a checkerboard: soft and hard edges, no two corners alike."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), (x + 2 * y) % 256], axis=-1)
    disc = (x - width * 0.3) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) * 0.25) ** 2
    base[disc] = [240, 60, 20]
    checks = ((x // 4 + y // 4) % 2 == 0) & (x > width * 0.6) & (y > height * 0.5)
    base[checks] = [10, 10, 30]
    noisy = base + (picture(seed, width, height, 0) % 9)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def write(name, image, **options):
    image.save(FOLDER / name, **options)


def png(name, bit_depth, colour_type, rows, chunks=()):
    """Writes a PNG by hand, for what Pillow cannot write. rows: bytes per row; chunks: (tag, bytes) before IDAT."""

    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    width, height, packed = rows
    header = struct.pack(">IIBBBBB", width, height, bit_depth, colour_type, 0, 0, 0)
    body = b"".join(b"\0" + row for row in packed)
    parts = [chunk(b"IHDR", header), *(chunk(tag, data) for tag, data in chunks)]
    (FOLDER / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    )


def packed_rows(values, bits):
    """Rows of samples of `bits` bits each, most significant first. values: [height, samples per row]."""
    width_bits = np.arange(bits - 1, -1, -1)
    expanded = (values[..., None] >> width_bits) & 1
    return [np.packbits(row.reshape(-1)).tobytes() for row in expanded.astype(np.uint8)]


def jpegs():
    image = scene(97, 61)
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        write(f"jpeg-{name}.jpg", image, quality=85, subsampling=sampling)
        write(f"jpeg-{name}-progressive.jpg", image, quality=85, subsampling=sampling, progressive=True)
    for name in ("411", "440"):
        factor = getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{name}")
        cv2.imwrite(str(FOLDER / f"jpeg-{name}.jpg"), np.asarray(image), [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor])
    write("jpeg-quality-10.jpg", image, quality=10)
    write("jpeg-restarts.jpg", image, quality=85, restart_marker_blocks=3)
    write("jpeg-grey.jpg", image.convert("L"), quality=85)
    write("jpeg-rgb-components.jpg", image, quality=85, keep_rgb=True)
    four_inks(image.convert("CMYK"))
    write("jpeg-wide.jpg", scene(240, 9), quality=85)
    write("jpeg-tall.jpg", scene(9, 240), quality=85)
    for width, height in ((1, 1), (1, 40), (40, 1), (2, 2), (17, 16)):
        write(f"jpeg-{width}x{height}.jpg", scene(width, height), quality=85)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        write(f"jpeg-orientation-{orientation}.jpg", scene(48, 31), quality=85, exif=exif)

    for name, values in (("beyond", (9, None)), ("zero", (0, None)), ("in-xmp", (None, 6)), ("in-both", (3, 6)), ("in-xmp-mirrored", (None, 7))):
        write(f"jpeg-orientation-{name}.jpg", scene(48, 31), quality=85, **orientation_options(*values))
    write("png-orientation-in-xmp.png", scene(31, 20), pnginfo=xmp_chunk(5))
    write("webp-orientation-in-xmp.webp", scene(31, 20), lossless=True, xmp=xmp_packet(8))
    write("jpeg-profile.jpg", image, quality=85, icc_profile=swapped_primaries())


def xmp_packet(value):
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{value}"/></x:xmpmeta>'.encode()


def xmp_chunk(value):
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", xmp_packet(value).decode())
    return chunks


def orientation_options(in_exif, in_xmp):
    options = {}
    if in_exif is not None:
        exif = Image.Exif()
        exif[0x0112] = in_exif
        options["exif"] = exif
    if in_xmp is not None:
        options["xmp"] = xmp_packet(in_xmp)
    return options


def four_inks(image):
    """CMYK as Adobe writes it (inverted), the same data declared YCCK, and without Adobe's mark."""
    write("jpeg-cmyk.jpg", image, quality=85)
    data = (FOLDER / "jpeg-cmyk.jpg").read_bytes()
    mark = data.index(b"\xff\xee")
    length = 2 + int.from_bytes(data[mark + 2 : mark + 4], "big")
    (FOLDER / "jpeg-ycck.jpg").write_bytes(data[: mark + length - 1] + b"\2" + data[mark + length :])
    (FOLDER / "jpeg-cmyk-unmarked.jpg").write_bytes(data[:mark] + data[mark + length :])


def swapped_primaries():
    """An RGB profile with swapped primaries, so that a reader that applies it is far off."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(srgb[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(int.from_bytes(srgb[128:132], "big"))}
    srgb[24:36] = bytes(12)  # the time of making
    red, blue = tags[b"rXYZ"] + 4, tags[b"bXYZ"] + 4
    srgb[red : red + 8], srgb[blue : blue + 8] = srgb[blue : blue + 8], srgb[red : red + 8]
    return bytes(srgb)


def pngs():
    image = scene(53, 37)
    rgba = image.convert("RGBA")
    alpha = Image.fromarray((np.mgrid[0:37, 0:53][1] * 5).astype(np.uint8))
    rgba.putalpha(alpha)
    grey = image.convert("L")
    write("png-rgb.png", image)
    write("png-rgba.png", rgba)
    write("png-grey.png", grey)
    write("png-grey-alpha.png", rgba.convert("LA"))
    write("png-bilevel.png", image.convert("1"))
    write("png-profile.png", image, icc_profile=swapped_primaries())
    exif = Image.Exif()
    exif[0x0112] = 6
    write("png-orientation-6.png", image, exif=exif)
    write("png-1x1.png", scene(1, 1))
    write("png-wide.png", scene(300, 2))
    write("png-tall.png", scene(2, 300))
    palette = image.quantize(16)
    write("png-palette-4-bit.png", palette)
    write("png-palette-4-bit-transparent.png", palette, transparency=3)
    write("png-palette-8-bit.png", image.quantize(200))
    write("png-palette-8-bit-transparent.png", image.quantize(200), transparency=120)
    write("png-palette-partly-transparent.png", palette, transparency=bytes([255, 0, 128, 60, 255, 0, 9, 9]))
    write("png-palette-orientation.png", palette, transparency=3, exif=exif)
    level = int(np.asarray(grey)[5, 5])
    write("png-grey-transparent.png", grey, transparency=level)
    write("png-rgb-transparent.png", image, transparency=tuple(int(v) for v in np.asarray(image)[5, 5]))
    hand_made_pngs(image, grey)


def hand_made_pngs(image, grey):
    width, height = image.size
    noise = picture(99, width, height, 0).astype(np.int64)
    wide = np.asarray(image).astype(np.int64) * 256 + noise
    wide_grey = wide[..., 0]
    png("png-16-bit-rgb.png", 16, 2, (width, height, packed_rows(wide.reshape(height, -1), 16)))
    png("png-16-bit-grey.png", 16, 0, (width, height, packed_rows(wide_grey, 16)))
    with_alpha = np.concatenate([wide, wide[..., :1]], axis=-1)
    png("png-16-bit-rgba.png", 16, 6, (width, height, packed_rows(with_alpha.reshape(height, -1), 16)))
    grey_alpha = np.stack([wide_grey, wide[..., 1]], axis=-1)
    png("png-16-bit-grey-alpha.png", 16, 4, (width, height, packed_rows(grey_alpha.reshape(height, -1), 16)))
    key = b"".join(struct.pack(">H", int(v)) for v in wide[4, 4])
    png("png-16-bit-rgb-transparent.png", 16, 2, (width, height, packed_rows(wide.reshape(height, -1), 16)), [(b"tRNS", key)])
    png("png-16-bit-grey-transparent.png", 16, 0, (width, height, packed_rows(wide_grey, 16)), [(b"tRNS", key[:2])])
    for bits in (1, 2, 4):
        levels = np.asarray(grey).astype(np.int64) >> (8 - bits)
        rows = (width, height, packed_rows(levels, bits))
        png(f"png-grey-{bits}-bit.png", bits, 0, rows)
        png(f"png-grey-{bits}-bit-transparent.png", bits, 0, rows, [(b"tRNS", struct.pack(">H", 1))])
    colours = bytes([200, 30, 40, 10, 220, 60, 200, 30, 40, 90, 90, 250])
    levels = np.asarray(grey).astype(np.int64) >> 6
    rows = (width, height, packed_rows(levels, 2))
    png("png-palette-same-colour-twice.png", 2, 3, rows, [(b"PLTE", colours), (b"tRNS", bytes([0]))])
    png("png-gamma.png", 8, 2, (width, height, [r.tobytes() for r in np.asarray(image)]), [(b"gAMA", struct.pack(">I", 100000))])
    interlaced(image)


def interlaced(image):
    """Adam7 by hand: seven passes, each a small picture of its own."""
    pixels = np.asarray(image)
    height, width, _ = pixels.shape
    body = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for row in pixels[y0::dy, x0::dx]:
            body += b"\0" + row.tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    data = b"\x89PNG\r\n\x1a\n"
    for tag, content in ((b"IHDR", header), (b"IDAT", zlib.compress(body)), (b"IEND", b"")):
        data += struct.pack(">I", len(content)) + tag + content + struct.pack(">I", zlib.crc32(tag + content))
    (FOLDER / "png-interlaced.png").write_bytes(data)


def others():
    image = scene(53, 37)
    rgba = image.convert("RGBA")
    rgba.putalpha(Image.fromarray((np.mgrid[0:37, 0:53][1] * 5).astype(np.uint8)))
    exif = Image.Exif()
    exif[0x0112] = 8
    write("webp-lossy.webp", image, quality=80)
    write("webp-lossless.webp", image, lossless=True)
    write("webp-lossy-alpha.webp", rgba, quality=80)
    write("webp-lossless-alpha.webp", rgba, lossless=True, exact=True)
    write("webp-orientation-8.webp", image, quality=80, exif=exif)
    write("webp-animated.webp", image, quality=80, save_all=True, append_images=[scene(53, 37, 8)])
    write("png-animated.png", image, save_all=True, append_images=[scene(53, 37, 8), scene(53, 37, 9)])
    write("png-animated-apart.png", image, save_all=True, default_image=True, append_images=[scene(53, 37, 8)])
    write("gif.gif", image.quantize(64))
    write("gif-transparent.gif", image.quantize(64), transparency=9)
    write("gif-grey.gif", image.convert("L"))
    write("gif-animated.gif", image.quantize(64), save_all=True, append_images=[scene(53, 37, 8).quantize(64)])
    write("tiff.tif", image)
    write("tiff-lzw.tif", image, compression="tiff_lzw")
    write("tiff-grey.tif", image.convert("L"))
    write("tiff-rgba.tif", rgba)
    write("tiff-cmyk.tif", image.convert("CMYK"))
    write("tiff-16-bit-grey.tif", Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 3))
    write("tiff-palette.tif", image.quantize(64))
    write("tiff-orientation-3.tif", image, tiffinfo={0x0112: 3})


def bmp(name, bits, pixels, header=40, compression=0, masks=(), palette=b"", colours=0, size=(29, 17), is_top_down=False):
    """Writes a BMP by hand. palette: its bytes; masks: of red, green, blue (and alpha, in the headers that have room for it)."""
    width, height = size
    if header == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        rows = -height if is_top_down else height
        head = struct.pack("<IiiHHIIiiII", header, width, rows, 1, bits, compression, len(pixels), 2835, 2835, colours, 0)
        head = (head + struct.pack(f"<{len(masks)}I", *masks)).ljust(header, b"\0")
    start = 14 + len(head) + len(palette)
    (FOLDER / name).write_bytes(b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + head + palette + pixels)


def bmp_rows(values, bits, is_top_down=False):
    """Rows of `bits`-bit values, each filled up to a multiple of four bytes, the lowest row first."""
    rows = packed_rows(values, bits) if bits < 8 else [row.astype(f"<u{bits // 8}").tobytes() for row in values]
    filled = [row.ljust((len(row) + 3) // 4 * 4, b"\0") for row in rows]
    return b"".join(filled if is_top_down else filled[::-1])


def bmp_colours(image, entry=4):
    """The palette of an image as BMP has it: blue first, and a byte of nothing."""
    levels = np.frombuffer(bytes(image.getpalette("RGB")), np.uint8).reshape(-1, 3)[:, ::-1]
    return b"".join(bytes(level) + b"\0" * (entry - 3) for level in levels)


def bitmaps():
    image = scene(29, 17)
    rgb = np.asarray(image).astype(np.int64)
    grey = np.asarray(image.convert("L")).astype(np.int64)
    for bits in (1, 4, 8):
        palette = image.quantize(2**bits)
        colours = bmp_colours(palette)
        indices = np.asarray(palette).astype(np.int64)
        bmp(f"bmp-{bits}-bit.bmp", bits, bmp_rows(indices, bits), palette=colours, colours=len(colours) // 4)
        table = bmp_colours(palette, 3).ljust(3 * 2**bits, b"\0")
        bmp(f"bmp-{bits}-bit-os2.bmp", bits, bmp_rows(indices, bits), header=12, palette=table)
        if bits > 1:
            kind = {4: 2, 8: 1}[bits]
            run_lengths(f"bmp-rle{bits}", bits, kind, indices, colours)
    bmp("bmp-8-bit-grey.bmp", 8, bmp_rows(grey, 8), palette=b"".join(bytes([v, v, v, 0]) for v in range(256)))
    bmp("bmp-8-bit-black-and-white.bmp", 8, bmp_rows(grey // 128, 8), palette=bytes([0, 0, 0, 0, 255, 255, 255, 0]), colours=2)
    red, green, blue = (rgb[..., channel] for channel in range(3))
    bmp("bmp-16-bit.bmp", 16, bmp_rows(red >> 3 << 10 | green >> 3 << 5 | blue >> 3, 16))
    wide = red >> 3 << 11 | green >> 2 << 5 | blue >> 3
    bmp("bmp-16-bit-masks.bmp", 16, bmp_rows(wide, 16), compression=3, palette=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    triples = np.stack([blue, green, red], axis=-1).reshape(17, -1)
    bmp("bmp-24-bit.bmp", 24, bmp_rows(triples, 8))
    bmp("bmp-24-bit-os2.bmp", 24, bmp_rows(triples, 8), header=12)
    bmp("bmp-24-bit-top-down.bmp", 24, bmp_rows(triples, 8, True), is_top_down=True)
    bmp("bmp-32-bit.bmp", 32, bmp_rows(red << 16 | green << 8 | blue | 77 << 24, 32))
    masks = (0xFF000000, 0xFF0000, 0xFF00, 0xFF)
    bmp("bmp-32-bit-masks.bmp", 32, bmp_rows(red << 24 | green << 16 | blue << 8 | grey, 32), 124, 3, masks)


def run_lengths(name, bits, kind, indices, colours):
    """The three ways to write a row: runs, indices as they are, and, for the third, leaps over what stays black."""
    pair = (lambda a, b: a << 4 | b) if bits == 4 else (lambda a, b: a)
    runs, plain = b"", b""
    for row in indices[::-1].tolist():
        runs += b"".join(bytes([1, pair(index, 0)]) for index in row) + b"\0\0"
        packed = bytes(pair(a, b) for a, b in zip(row[::2], [*row[1::2], 0])) if bits == 4 else bytes(row)
        plain += bytes([0, len(row)]) + packed.ljust((len(packed) + 1) // 2 * 2, b"\0") + b"\0\0"
    leaps = bytes([9, 3]) + bytes([0, 2, 5, 0]) + bytes([15, 1]) + b"\0\0" + runs
    for suffix, data in (("", runs + b"\0\1"), ("-plain", plain + b"\0\1"), ("-leaps", leaps + b"\0\1")):
        bmp(f"{name}{suffix}.bmp", bits, data, compression=kind, palette=colours, colours=len(colours) // 4)


def portable_maps():
    """PBM, PGM and PPM: as text and as bytes, of several depths."""
    image = scene(29, 17)
    rgb = np.asarray(image).astype(np.int64)
    grey = rgb[..., 1]
    black = (grey < 128).astype(np.int64)

    def portable(name, kind, values, maximum=None):
        head = f"P{kind}\n# a comment\n29 17\n" + (f"{maximum}\n" if maximum else "")
        if kind < 4:
            body = "\n".join(" ".join(map(str, row)) for row in values.reshape(17, -1).tolist()).encode() + b"\n"
        else:
            body = b"".join(packed_rows(values, 1)) if kind == 4 else values.astype(">u2" if maximum > 255 else "u1").tobytes()
        (FOLDER / name).write_bytes(head.encode() + body)

    portable("pnm-bits-text.pbm", 1, black)
    portable("pnm-bits.pbm", 4, black)
    for suffix, maximum in (("", 255), ("-up-to-100", 100), ("-up-to-1000", 1000), ("-16-bit", 65535)):
        portable(f"pnm-grey{suffix}.pgm", 5, grey * maximum // 255, maximum)
        portable(f"pnm-grey{suffix}-text.pgm", 2, grey * maximum // 255, maximum)
        portable(f"pnm{suffix}.ppm", 6, rgb * maximum // 255, maximum)
        portable(f"pnm{suffix}-text.ppm", 3, rgb * maximum // 255, maximum)


def turned_elsewhere():
    """Orientation where only some readers look for it, and in Exif that is broken."""
    image = scene(31, 20)
    exif = Image.Exif()
    exif[0x0112] = 6
    digits = exif.tobytes().hex()
    rows = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    for suffix, is_packed in (("", False), ("-packed", True)):
        info = PngImagePlugin.PngInfo()
        info.add_text("Raw profile type exif", f"\nexif\n{len(digits) // 2:8d}\n{rows}\n", zip=is_packed)
        write(f"png-orientation-in-text{suffix}.png", image, pnginfo=info)
    write("tiff-orientation-in-xmp.tif", image, compression="tiff_lzw", tiffinfo={700: xmp_packet(6)})
    # The values of the first of two tags lie beyond the end: Pillow reads no further.
    tags = struct.pack("<HHHIIHHIHHI", 2, 271, 2, 20, 5000, 274, 3, 1, 6, 0, 0)
    write("jpeg-orientation-behind-a-broken-tag.jpg", image, quality=85, exif=b"Exif\0\0II*\0\x08\0\0\0" + tags)
    write("webp-orientation-in-any-number.webp", image, lossless=True, exif=b"II*\0\x08\0\0\0" + struct.pack("<HHHIfI", 1, 274, 11, 1, 5, 0))


def what_few_writers_write():
    """A GIF whose frame does not fill the screen, with and without a transparent colour, and 16-bit ink in a TIFF."""
    image = scene(31, 20)
    for suffix, options in (("", {}), ("-transparent", {"transparency": 3})):
        name = f"gif-frame-within-screen{suffix}.gif"
        write(name, image.quantize(16), background=5, **options)
        data = bytearray((FOLDER / name).read_bytes())
        frame = data.index(b"\x2c", 13 + 3 * (2 << (data[10] & 7)))
        data[6:10], data[frame + 1 : frame + 5] = struct.pack("<HH", 40, 28), struct.pack("<HH", 5, 3)
        (FOLDER / name).write_bytes(data)
    ink = np.asarray(image.convert("CMYK")).astype(np.uint16) * 257 ^ 0x35
    pixels = ink.astype("<u2").tobytes()
    numbers = {256: 31, 257: 20, 259: 1, 262: 5, 277: 4, 278: 20}
    after = 8 + len(pixels)
    tags = [(tag, 3, 1, struct.pack("<HH", value, 0)) for tag, value in numbers.items()]
    tags += [(258, 3, 4, struct.pack("<I", after)), (273, 4, 1, struct.pack("<I", 8)), (279, 4, 1, struct.pack("<I", len(pixels)))]
    directory = b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in sorted(tags))
    data = b"II*\0" + struct.pack("<I", after + 8) + pixels + struct.pack("<HHHH", 16, 16, 16, 16)
    (FOLDER / "tiff-cmyk-16-bit.tif").write_bytes(data + struct.pack("<H", len(tags)) + directory + bytes(4))


def avifs():
    image = scene(29, 17)
    for suffix, sampling in (("444", "4:4:4"), ("420", "4:2:0")):
        write(f"avif-{suffix}.avif", image, quality=80, subsampling=sampling)
    exif = Image.Exif()
    exif[0x0112] = 6
    write("avif-grey.avif", image.convert("L"), quality=80)
    write("avif-orientation-6.avif", image, quality=80, subsampling="4:4:4", exif=exif)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    jpegs()
    pngs()
    others()
    bitmaps()
    portable_maps()
    turned_elsewhere()
    what_few_writers_write()
    avifs()


if __name__ == "__main__":
    main()
