"""Writes what `torch.nn.functional.interpolate` makes of small seeded tensors: every mode, sizes and scale factors."""

import base64
import json
from pathlib import Path

import numpy as np
import torch

from integer_stream import IntegerStream, mix

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"
CASES = 120
MODES = ["nearest", "nearest-exact", "bilinear", "bicubic"]


def values(seed, count):
    """float32 in -8..8 with 16 bits, the same in TypeScript."""
    return ((mix(np.arange(count, dtype=np.uint64) + seed * 7919) & 0xFFFF) / 4096.0 - 8).astype(np.float32)


def main():
    torch.set_num_threads(1)
    entries = []
    for number in range(CASES):
        stream = IntegerStream(number)
        mode = MODES[number % 4]
        channels, height, width = stream.between(1, 3), stream.between(1, 16), stream.between(1, 16)
        aligned = mode in ("bilinear", "bicubic") and stream.between(0, 1) == 1
        options = {"mode": mode}
        if "bi" in mode:
            options["align_corners"] = aligned
        kind = stream.between(0, 3)
        if kind < 2:
            size = [stream.between(1, 30), stream.between(1, 30)]
            arguments, options = {**options, "size": size}, {**options, "height": size[0], "width": size[1]}
        else:
            factors = [stream.between(12, 40) / 13, stream.between(12, 40) / 17]
            if kind == 3:
                factors = [factors[0], factors[0]]
            recompute = stream.between(0, 1) == 1
            options = {**options, "scale_factor": factors if kind == 2 else factors[0]}
            if recompute:
                options["recompute_scale_factor"] = True
            arguments = {**options, "scale_factor": tuple(factors)}
            if int(height * factors[0]) < 1 or int(width * factors[1]) < 1:
                continue
        source = torch.from_numpy(values(number, channels * height * width).reshape(1, channels, height, width))
        result = torch.nn.functional.interpolate(source, **arguments)[0].contiguous().numpy()
        entries.append({
            "seed": number, "channels": channels, "height": height, "width": width, "options": options,
            "shape": list(result.shape),
            "result": base64.b64encode(result[:1].astype("<f4").tobytes()).decode(),
        })
    (FIXTURES / "interpolate.json").write_text("[\n" + ",\n".join(json.dumps(e) for e in entries) + "\n]\n")


if __name__ == "__main__":
    main()
