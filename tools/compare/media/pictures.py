"""Sixty pictures of odd kinds, made by ordinary tools, and what Pillow and OpenCV read of them.

    python pictures.py FOLDER        Pillow 13, OpenCV 5, numpy; ImageMagick's `convert`, ffmpeg

Writes FOLDER/NAME and FOLDER/reference/NAME.json with the sides and the SHA-256 of the RGB bytes that each library gives,
orientation applied as `ImageOps.exif_transpose` and `cv2.imread` do; null where it reads nothing. NAME.pillow.rgb and NAME.opencv.rgb hold the bytes.
"""

import hashlib
import json
import subprocess
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def scene() -> Image.Image:
    """Edges, ramps and noise at odd sides: 161 x 107."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:107, :161]
    base = np.stack([x * 255 // 160, y * 255 // 106, (x // 9 + y // 7) % 2 * 200], axis=-1)
    return Image.fromarray(np.clip(base + rng.integers(-20, 20, base.shape), 0, 255).astype(np.uint8))


picture = scene()
source = folder / "source.png"
picture.save(source)


def by_pillow(name: str, image: Image.Image = picture, **options: object) -> None:
    image.save(folder / name, **options)


def by_opencv(name: str, options: list[int] | None = None) -> None:
    cv2.imwrite(str(folder / name), np.asarray(picture)[..., ::-1], options or [])


def by_command(name: str, *words: str) -> None:
    """A word SRC is the source, OUT the file to write."""
    said = subprocess.run([word.replace("SRC", str(source)).replace("OUT", str(folder / name)) for word in words], capture_output=True)
    if said.returncode != 0 or not (folder / name).exists():
        print(f"{name}: not made here: {said.stderr.decode(errors='replace').strip()[-120:]}")
        (folder / name).unlink(missing_ok=True)


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[274] = orientation
    return exif


grey, palette, alpha = picture.convert("L"), picture.quantize(64), picture.convert("RGBA")
alpha.putalpha(Image.fromarray((np.mgrid[:107, :161][1] * 255 // 160).astype(np.uint8)))

# JPEG
for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
    by_pillow(f"jpeg-{subsampling.replace(':', '')}.jpg", quality=87, subsampling=subsampling)
by_pillow("jpeg-progressive.jpg", progressive=True, quality=80)
by_pillow("jpeg-grey.jpg", grey, quality=80)
by_pillow("jpeg-cmyk.jpg", picture.convert("CMYK"), quality=80)
by_pillow("jpeg-restarts.jpg", quality=80, restart_marker_rows=1)
by_pillow("jpeg-quality-3.jpg", quality=3)
for orientation in (2, 5, 6, 8):
    by_pillow(f"jpeg-orientation-{orientation}.jpg", exif=turned(orientation), quality=90)
by_command("jpeg-411.jpg", "convert", "SRC", "-sampling-factor", "4x1", "OUT")
by_command("jpeg-440.jpg", "convert", "SRC", "-sampling-factor", "1x2", "OUT")
by_command("jpeg-arithmetic.jpg", "convert", "SRC", "-define", "jpeg:arithmetic-coding=true", "OUT")
by_command("jpeg-ffmpeg.jpg", "ffmpeg", "-v", "error", "-y", "-i", "SRC", "-q:v", "4", "OUT")
# PNG
by_pillow("png-grey.png", grey)
by_pillow("png-bilevel.png", picture.convert("1"))
by_pillow("png-palette-4.png", picture.quantize(14), bits=4)
by_pillow("png-alpha.png", alpha)
by_pillow("png-16-grey.png", Image.fromarray(np.asarray(grey).astype(np.uint16) * 257))
by_pillow("png-orientation-6.png", exif=turned(6))
by_pillow("png-transparent-colour.png", palette, transparency=3)
by_opencv("png-opencv.png")
by_command("png-interlaced.png", "convert", "SRC", "-interlace", "Plane", "OUT")
by_command("png-16.png", "convert", "SRC", "-depth", "16", "-define", "png:color-type=2", "-define", "png:bit-depth=16", "OUT")
by_command("png-orientation-in-text.png", "convert", str(folder / "jpeg-orientation-6.jpg"), "OUT")
by_command("png-gamma.png", "convert", "SRC", "-gamma", "0.7", "-set", "gamma", "0.3", "OUT")
# WebP, GIF, AVIF
by_pillow("webp-lossless.webp", lossless=True)
by_pillow("webp-lossy.webp", quality=70)
by_pillow("webp-alpha.webp", alpha, quality=70)
by_pillow("webp-animated.webp", save_all=True, append_images=[ImageOps.flip(picture)], lossless=True)
by_pillow("webp-orientation-8.webp", exif=turned(8), lossless=True)
by_pillow("gif.gif", palette)
by_pillow("gif-interlaced.gif", palette, interlace=1)
by_pillow("gif-animated.gif", palette, save_all=True, append_images=[ImageOps.flip(palette)])
by_pillow("gif-transparent.gif", palette, transparency=3)
by_pillow("avif-444.avif", quality=80, subsampling="4:4:4")
by_pillow("avif-420.avif", quality=80)
by_pillow("avif-orientation-6.avif", quality=80, subsampling="4:4:4", exif=turned(6))
# TIFF
for compression in ("raw", "tiff_lzw", "tiff_deflate", "packbits"):
    by_pillow(f"tiff-{compression}.tif", compression=compression)
by_pillow("tiff-cmyk.tif", picture.convert("CMYK"))
by_pillow("tiff-alpha.tif", alpha)
by_pillow("tiff-orientation-5.tif", tiffinfo={274: 5}, compression="tiff_lzw")
by_pillow("tiff-bilevel-group4.tif", picture.convert("1"), compression="group4")
by_command("tiff-tiled.tif", "convert", "SRC", "-define", "tiff:tile-geometry=64x64", "OUT")
by_command("tiff-planar.tif", "convert", "SRC", "-interlace", "Plane", "-compress", "None", "OUT")
by_command("tiff-16.tif", "convert", "SRC", "-depth", "16", "-compress", "LZW", "OUT")
by_command("tiff-big-endian.tif", "convert", "SRC", "-endian", "MSB", "OUT")
by_command("tiff-jpeg.tif", "convert", "SRC", "-compress", "JPEG", "OUT")
by_opencv("tiff-opencv.tif")
# BMP and netpbm
by_pillow("bmp.bmp")
by_command("bmp-os2.bmp", "convert", "SRC", "BMP2:OUT")
by_command("bmp-rle8.bmp", "convert", "SRC", "-colors", "60", "-type", "Palette", "-compress", "RLE", "BMP3:OUT")
by_command("bmp-565.bmp", "ffmpeg", "-v", "error", "-y", "-i", "SRC", "-pix_fmt", "rgb565le", "OUT")
by_command("bmp-alpha.bmp", "ffmpeg", "-v", "error", "-y", "-i", "SRC", "-pix_fmt", "bgra", "OUT")
by_command("pnm-16.ppm", "convert", "SRC", "-depth", "16", "OUT")
by_command("pnm-plain.ppm", "convert", "SRC", "-compress", "None", "OUT")
by_command("pnm-bilevel.pbm", "convert", "SRC", "-monochrome", "OUT")
# Kinds that are not read here, and are to be refused by name
by_pillow("other-jpeg2000.jp2")
by_pillow("other-icon.ico", sizes=[(64, 64)])
by_pillow("other-targa.tga")
by_pillow("other-pcx.pcx")
by_command("other-photoshop.psd", "convert", "SRC", "OUT")
by_command("other-heic.heic", "convert", "SRC", "OUT")
by_command("other-qoi.qoi", "ffmpeg", "-v", "error", "-y", "-i", "SRC", "-c:v", "qoi", "OUT")
by_command("other-exr.exr", "ffmpeg", "-v", "error", "-y", "-i", "SRC", "OUT")
by_command("other-film.mp4", "ffmpeg", "-v", "error", "-y", "-i", "SRC", "-vf", "scale=160:106", "-pix_fmt", "yuv420p", "-frames:v", "1", "OUT")
source.unlink()



def kept(path: Path, reader: str, pixels: np.ndarray) -> dict[str, object]:
    (folder / "reference" / f"{path.name}.{reader}.rgb").write_bytes(pixels.tobytes())
    return {"width": pixels.shape[1], "height": pixels.shape[0], "sha256": hashlib.sha256(pixels.tobytes()).hexdigest()}


(folder / "reference").mkdir(exist_ok=True)
for path in sorted(path for path in folder.iterdir() if path.is_file()):
    read: dict[str, object] = {"pillow": None, "opencv": None}
    try:
        read["pillow"] = kept(path, "pillow", np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB")))
    except Exception:  # noqa: BLE001 whatever it is, it is not read
        pass
    bgr = cv2.imread(str(path)) if path.suffix != ".mp4" else None
    if bgr is not None:
        read["opencv"] = kept(path, "opencv", np.ascontiguousarray(bgr[..., ::-1]))
    (folder / "reference" / f"{path.name}.json").write_text(json.dumps(read))
