"""A large array as a fixture: every n-th value, and sums over all of them."""

import base64

import numpy as np


def sampled(array, at_most=800):
    """`every` is odd and shares no factor with usual row lengths, so that all rows and columns are met."""
    values = np.ascontiguousarray(array, dtype=np.float64)
    flat = values.reshape(-1)
    every = max(1, -(-flat.size // at_most))
    while every > 1 and any(every % p == 0 for p in (2, 3, 5)):
        every += 1
    return {
        "shape": list(values.shape),
        "every": every,
        "values": base64.b64encode(flat[::every].tobytes()).decode(),
        "sum": float(flat.sum()),
        "squares": float((flat * flat).sum()),
    }
