"""Signals that Python and TypeScript make alike, so that a fixture needs to keep results only.

All are integers: packages/audio/fixtures/signals.ts makes the same ones.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "vision"))
from integer_stream import mix


def integers(seed, length, bits=16):
    """int64 [length] of `bits` bits: a triangle wave of rising pitch, noise, swelling and fading; its extremes first."""
    i = np.arange(length, dtype=np.int64)
    noise = mix(i + seed * 0x9E3779).astype(np.int64)
    phase = (i * (37 + 5 * seed) + (i * i >> 9)) & 4095
    triangle = np.where(phase < 2048, phase, 4095 - phase) - 1024
    swell = np.abs((i >> 4) % 1024 - 512) + 1
    value = (triangle * 12 * swell >> 9) + (noise & 1023) - 512
    if bits == 8:
        value >>= 8
    elif bits > 16:
        value = value * 2 ** (bits - 16) + (noise >> 10 & (2 ** (bits - 16) - 1))
    value[:2] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1][:length]
    return value


def signal(seed, length):
    """float32 [length] of 16-bit samples."""
    return (integers(seed, length) / 32768).astype(np.float32)
