"""Make the pictures that the CLIP fixtures are tried on: every shape and kind that a service meets, all from formulas."""

from pathlib import Path

import numpy
from PIL import Image


def scene(width: int, height: int, channels: int = 3) -> numpy.ndarray:
    """Waves, edges and grain, different in each channel: uint8 [height, width, channels]."""
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float64)
    grain = numpy.random.default_rng(width * 7919 + height).integers(-24, 25, (height, width))
    planes = []
    for channel in range(channels):
        wave = numpy.sin(x / (3 + channel) + channel) * numpy.cos(y / (5 - channel % 4))
        edge = ((x // 9 + y // (7 + channel)) % 2) * 60
        planes.append(numpy.clip(128 + 70 * wave + edge - 30 + grain, 0, 255))
    return numpy.stack(planes, axis=-1).astype(numpy.uint8)


def make_pictures(folder: Path) -> list[str]:
    """Write the pictures. Returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    rgb = lambda w, h: Image.fromarray(scene(w, h))  # noqa: E731
    rgb(160, 40).save(folder / "wide.jpg", quality=88)
    rgb(37, 151).save(folder / "tall.png")
    rgb(3, 2).save(folder / "tiny.png")
    rgb(1, 9).save(folder / "one-pixel-wide.png")
    rgb(51, 51).save(folder / "odd-square.webp", lossless=True)
    Image.fromarray(scene(70, 50)[..., 0]).save(folder / "grey.jpg", quality=90)
    Image.fromarray(scene(64, 48, 4)).save(folder / "rgba.png")
    palette = rgb(60, 45).quantize(32)
    palette.save(folder / "palette.png")
    palette.save(folder / "palette-transparent.png", transparency=5)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        rgb(57, 34).save(folder / f"exif-{orientation}.jpg", quality=90, exif=exif)
    large = Image.fromarray(scene(300, 200)).resize((3000, 2000), Image.Resampling.BICUBIC)
    large.save(folder / "large.jpg", quality=40)
    return sorted(path.name for path in folder.iterdir())
