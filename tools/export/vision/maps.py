"""Writes digests of transformers' depth and segmentation post-processing of seeded tensors."""

import base64
import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from transformers import DPTImageProcessor, SegformerImageProcessor

from integer_stream import IntegerStream
from interpolate import values

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"


def main():
    cases = []
    for seed in range(12):
        stream = IntegerStream(seed + 70)
        channels, height, width = stream.between(1, 20), stream.between(2, 32), stream.between(2, 32)
        target = (stream.between(2, 120), stream.between(2, 120))
        logits = torch.from_numpy(values(seed, channels * height * width).reshape(1, channels, height, width))
        classes = SegformerImageProcessor().post_process_semantic_segmentation(SimpleNamespace(logits=logits), [target])[0]
        depth = logits[:, 0]
        resized = DPTImageProcessor().post_process_depth_estimation(SimpleNamespace(predicted_depth=depth), [target])[0]["predicted_depth"]
        original = torch.nn.functional.interpolate(depth[None], target, mode="bilinear", align_corners=True)[0, 0]
        # As transformers' depth pipeline makes a picture of it.
        grey = (depth[0] - depth[0].min()) / (depth[0].max() - depth[0].min())
        cases.append({
            "seed": seed, "shape": [channels, height, width], "target": list(target),
            "classes": base64.b64encode(classes.numpy().astype(np.uint8).tobytes()).decode(),
            "depth": base64.b64encode(resized.numpy()[::5].astype("<f4").tobytes()).decode(),
            "original": base64.b64encode(original.numpy()[::5].astype("<f4").tobytes()).decode(),
            "grey": hashlib.sha256((grey.numpy() * 255).astype("uint8").tobytes()).hexdigest()[:12],
        })
    (FIXTURES / "maps.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
