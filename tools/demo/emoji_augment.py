"""Training pictures, composed in batches: glyph under a random affine map over a background of a training family."""

import torch
import torch.nn.functional as F

from emoji_set import Emoji, premultiplied, render_glyph
from emoji_splits import MAX_SHIFT, TRAIN_ANGLES, TRAIN_BACKGROUNDS, TRAIN_SCALES

SIDE = 64
# Glyphs are kept at these sides, so that bilinear sampling neither aliases nor blurs much.
LEVELS = (48, 72)
CLIP_MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
CLIP_STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)


class TrainingPictures:
    """Draws normalised pictures [n, 3, 64, 64] of the given classes, each one new."""

    def __init__(self, emoji: list[Emoji]) -> None:
        glyphs = [render_glyph(item.char) for item in emoji]
        self.levels = [
            torch.stack([torch.from_numpy(premultiplied(glyph, side)) for glyph in glyphs]) for side in LEVELS
        ]

    def draw(self, classes: torch.Tensor) -> torch.Tensor:
        n = len(classes)
        scale = _from_intervals(n, TRAIN_SCALES)
        # The larger glyphs take the finer level; now and then the other one, for a softer or a harsher picture.
        fine = (scale > 0.78) ^ (torch.rand(n) < 0.1)
        theta = _affine(scale)
        layer = torch.empty(n, 4, SIDE, SIDE)
        for level, chosen in zip(self.levels, (~fine, fine), strict=True):
            rows = chosen.nonzero().squeeze(1)
            grid = F.affine_grid(theta[rows], (len(rows), 4, SIDE, SIDE), align_corners=False)
            layer[rows] = F.grid_sample(level[classes[rows]], grid, align_corners=False)
        colour, alpha = layer[:, :3], layer[:, 3:]
        tint = 1 + 0.06 * torch.randn(n, 3, 1, 1)
        picture = colour * tint + (1 - alpha) * draw_backgrounds(n)
        grain = 0.03 * torch.rand(n, 1, 1, 1) * (torch.rand(n, 1, 1, 1) < 0.5)
        picture += grain * torch.randn_like(picture)
        return (picture.clamp_(0, 1) - CLIP_MEAN) / CLIP_STD


def draw_backgrounds(n: int) -> torch.Tensor:
    """Backgrounds [n, 3, 64, 64] in 0..1 of the training families, in equal parts and random order."""
    out = torch.empty(n, 3, SIDE, SIDE)
    for family, rows in zip(TRAIN_BACKGROUNDS, torch.randperm(n).chunk(len(TRAIN_BACKGROUNDS)), strict=True):
        out[rows] = FAMILIES[family](len(rows))
    return out


def _plain(n: int) -> torch.Tensor:
    colour = torch.rand(n, 3, 1, 1)
    # White, grey and black paper is what most pictures of one thing have.
    grey = torch.rand(n, 1, 1, 1).mul(3).round().div(3).expand(n, 3, 1, 1)
    return torch.where(torch.rand(n, 1, 1, 1) < 0.35, grey, colour).expand(n, 3, SIDE, SIDE)


def _noise(n: int) -> torch.Tensor:
    base, spread = torch.rand(n, 3, 1, 1), 0.05 + 0.15 * torch.rand(n, 1, 1, 1)
    pieces = []
    for chunk in torch.arange(n).chunk(4):
        grain = (1, 2, 4, 8)[int(torch.randint(4, ()))]
        coarse = torch.randn(len(chunk), 3, SIDE // grain, SIDE // grain)
        pieces.append(F.interpolate(coarse, size=SIDE, mode="bilinear", align_corners=False))
    return (base + spread * torch.cat(pieces)).clamp_(0, 1)


def _blobs(n: int) -> torch.Tensor:
    base, spread = torch.rand(n, 3, 1, 1), 0.3 + 0.7 * torch.rand(n, 1, 1, 1)
    pieces = []
    for chunk in torch.arange(n).chunk(4):
        cells = int(torch.randint(3, 7, ()))
        coarse = torch.rand(len(chunk), 3, cells, cells) - 0.5
        pieces.append(F.interpolate(coarse, size=SIDE, mode="bicubic", align_corners=False))
    return (base + spread * torch.cat(pieces)).clamp_(0, 1)


FAMILIES = {"plain": _plain, "noise": _noise, "blobs": _blobs}


def _affine(scale: torch.Tensor) -> torch.Tensor:
    """Maps [n, 2, 3] from the picture's coordinates to the glyph's, both -1..1."""
    n = len(scale)
    angle = torch.deg2rad(_from_intervals(n, TRAIN_ANGLES)) * (torch.randint(2, (n,)) * 2 - 1)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    dx, dy = (torch.rand(2, n) * 2 - 1) * 2 * MAX_SHIFT
    return torch.stack(
        [torch.stack([cos, sin, -(cos * dx + sin * dy)], 1), torch.stack([-sin, cos, sin * dx - cos * dy], 1)], 1
    )


def _from_intervals(n: int, intervals: tuple[tuple[float, float], ...]) -> torch.Tensor:
    """Uniform over the union of the intervals."""
    edges = torch.tensor(intervals)
    widths = edges[:, 1] - edges[:, 0]
    which = torch.multinomial(widths, n, replacement=True)
    return edges[which, 0] + torch.rand(n) * widths[which]
