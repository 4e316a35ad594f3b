"""The emoji that the demonstration CLIP knows, and their glyphs.

Pictures come from Noto Color Emoji (SIL Open Font License 1.1), names from Python's `unicodedata`.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
# The one size at which the font's bitmaps exist; Pillow refuses every other.
FONT_SIZE = 109
# Side in pixels of the square that every glyph (136 x 128 at most) is centred in.
GLYPH_SIDE = 136

# Unicode's Emoji_Component: parts of sequences, not meant to stand alone.
COMPONENTS = {0x200D, 0x20E3, *range(0x1F1E6, 0x1F200), *range(0x1F3FB, 0x1F400), *range(0x1F9B0, 0x1F9B4)}


@dataclass(frozen=True)
class Emoji:
    """One class: the character and its Unicode name in lower case."""

    char: str
    name: str

    @property
    def codepoint(self) -> str:
        """The code point in Unicode's own notation, such as U+1F355."""
        return f"U+{ord(self.char):04X}"


def list_emoji() -> list[Emoji]:
    """Every named single-code-point emoji with a picture of its own, by code point."""
    font = _font()
    found = []
    for code in sorted(TTFont(FONT).getBestCmap()):
        name = unicodedata.name(chr(code), "")
        if code < 0x80 or 0xE0000 <= code <= 0xE007F or code in COMPONENTS or not name:
            continue
        if font.getmask(chr(code), mode="RGBA").getbbox() is not None:
            found.append(Emoji(chr(code), name.lower()))
    return found


def render_glyph(char: str) -> Image.Image:
    """The glyph as RGBA, GLYPH_SIDE square, centred by its inked box on transparent ground."""
    room = Image.new("RGBA", (2 * GLYPH_SIDE, 2 * GLYPH_SIDE))
    ImageDraw.Draw(room).text((GLYPH_SIDE // 2, GLYPH_SIDE // 2), char, font=_font(), embedded_color=True)
    left, top, right, bottom = room.getbbox()
    x, y = (left + right - GLYPH_SIDE) // 2, (top + bottom - GLYPH_SIDE) // 2
    return room.crop((x, y, x + GLYPH_SIDE, y + GLYPH_SIDE))


def premultiplied(glyph: Image.Image, side: int) -> np.ndarray:
    """The glyph shrunk to `side`, float32 [4, side, side] in 0..1, colour already multiplied by alpha."""
    # "RGBa" is Pillow's premultiplied mode: transparent pixels must not bleed black into the edges.
    small = glyph.convert("RGBa").resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 255


def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, FONT_SIZE)
