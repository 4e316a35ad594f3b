"""Integers that Python and TypeScript make alike, so that a fixture needs to keep results only."""

import numpy as np


def mix(values):
    """Hash of each uint32: the multiply and shift finaliser known as lowbias32."""
    x = np.asarray(values, dtype=np.uint64) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x7FEB352D) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 0x846CA68B) & 0xFFFFFFFF
    x ^= x >> 16
    return x


class IntegerStream:
    """`between(a, b)` gives integers in a..b; the n-th one depends on the seed and n alone."""

    def __init__(self, seed):
        self.seed = seed
        self.count = 0

    def between(self, low, high):
        value = int(mix([self.seed * 0x9E3779B1 + self.count])[0])
        self.count += 1
        return low + value % (high - low + 1)


def picture(seed, width, height, kind):
    """uint8 [height, width, 3]. Kinds: 0 noise, 1 black or white noise, 2 slopes with a little noise."""
    index = np.arange(width * height * 3, dtype=np.uint64)
    noise = mix(index + np.uint64(seed * 0x85EBCA6B & 0xFFFFFFFF))
    if kind == 0:
        values = noise & 255
    elif kind == 1:
        values = (noise & 1) * 255
    else:
        channel, pixel = index % 3, index // 3
        x, y = pixel % width, pixel // width
        values = (x * (5 + channel) + y * (3 - channel) + (noise & 15)) & 255
    return values.astype(np.uint8).reshape(height, width, 3)
