"""Held-out renderings, drawn by Pillow at 96 to 160 px: scales, angles and backgrounds that training never sees."""

import math
import random

import numpy as np
from PIL import Image

from emoji_set import render_glyph
from emoji_splits import MAX_SHIFT, TEST_ANGLES, TEST_BACKGROUNDS, TEST_SCALES

# Levels by which the second colour of stripes and checks may differ from the first, in each channel.
CONTRAST = 60


def render_heldout(char: str, rng: random.Random) -> Image.Image:
    """One RGB picture of the emoji, square, its side between 96 and 160 px."""
    side = rng.randint(96, 160)
    glyph_side = round(side * rng.uniform(*rng.choice(TEST_SCALES)))
    angle = rng.uniform(*rng.choice(TEST_ANGLES)) * rng.choice((-1, 1))
    # "RGBa" is Pillow's premultiplied mode: transparent pixels must not bleed black into the edges.
    glyph = render_glyph(char).convert("RGBa").resize((glyph_side, glyph_side), Image.Resampling.LANCZOS)
    glyph = glyph.rotate(angle, Image.Resampling.BICUBIC, expand=True).convert("RGBA")
    shift_x, shift_y = (round(side * rng.uniform(-MAX_SHIFT, MAX_SHIFT)) for _ in range(2))
    picture = draw_background(side, rng).convert("RGBA")
    layer = Image.new("RGBA", picture.size)
    layer.paste(glyph, ((side - glyph.width) // 2 + shift_x, (side - glyph.height) // 2 + shift_y))
    return Image.alpha_composite(picture, layer).convert("RGB")


def draw_background(side: int, rng: random.Random) -> Image.Image:
    """A background of a family that only tests use."""
    family = rng.choice(TEST_BACKGROUNDS)
    first = np.array([rng.randint(0, 255) for _ in range(3)])
    if family == "gradient":
        second = np.array([rng.randint(0, 255) for _ in range(3)])
    else:
        second = np.clip(first + [rng.randint(-CONTRAST, CONTRAST) for _ in range(3)], 0, 255)
    mix = FAMILIES[family](side, rng)[..., None]
    return Image.fromarray((first + (second - first) * mix).round().astype(np.uint8))


def _gradient(side: int, rng: random.Random) -> np.ndarray:
    ramp = _along(side, rng.uniform(0, 2 * math.pi))
    return (ramp - ramp.min()) / (ramp.max() - ramp.min())


def _stripes(side: int, rng: random.Random) -> np.ndarray:
    return (_along(side, rng.uniform(0, math.pi)) // rng.uniform(side / 16, side / 4)) % 2


def _checks(side: int, rng: random.Random) -> np.ndarray:
    angle, width = rng.uniform(0, math.pi / 2), rng.uniform(side / 12, side / 4)
    return (_along(side, angle) // width + _along(side, angle + math.pi / 2) // width) % 2


FAMILIES = {"gradient": _gradient, "stripes": _stripes, "checks": _checks}


def _along(side: int, angle: float) -> np.ndarray:
    """Distance in pixels along a direction, [side, side]."""
    y, x = np.mgrid[0:side, 0:side]
    return x * math.cos(angle) + y * math.sin(angle)
