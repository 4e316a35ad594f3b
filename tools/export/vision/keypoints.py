"""Writes the keypoints that transformers' VitPose processor and ViTPose's own rule find in seeded heatmaps, alone and together.

The second rule is written out here from mmpose's description: OpenCV's blur of 11 x 11 with sigma 2 in float32.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import torch
from transformers import VitPoseImageProcessor
from transformers.models.vitpose import image_processing_vitpose as vitpose

from integer_stream import IntegerStream, mix

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"


def heatmaps(seed, channels, height, width):
    """A bump per channel with a little noise, in 1/4096; some at the border, the last one all below 0."""
    stream = IntegerStream(seed)
    noise = (mix(np.arange(channels * height * width, dtype=np.uint64) + seed * 99_991) & 127).reshape(channels, height, width)
    maps = np.zeros((channels, height, width), dtype=np.float32)
    for channel in range(channels):
        x, y = stream.between(0, 8 * (width - 1)), stream.between(0, 8 * (height - 1))
        top = stream.between(500, 4000)
        rows, columns = np.meshgrid(np.arange(height) * 8, np.arange(width) * 8, indexing="ij")
        distance = (columns - x) ** 2 + (rows - y) ** 2
        maps[channel] = (top * 256 // (256 + distance) + noise[channel]) / 4096
    maps[-1] = -maps[-1]
    return maps


class Outputs:
    def __init__(self, maps):
        self.heatmaps = torch.from_numpy(maps)


def with_opencv(maps):
    original = vitpose.gaussian_filter
    vitpose.gaussian_filter = lambda heatmap, **_: cv2.GaussianBlur(heatmap, (11, 11), 0)
    try:
        coords, _ = vitpose.get_keypoint_predictions(maps)
        return vitpose.post_dark_unbiased_data_processing(coords, maps, kernel=11)
    finally:
        vitpose.gaussian_filter = original


def main():
    cv2.ipp.setUseIPP(False)
    cases = []
    for seed, (channels, height, width) in enumerate([(17, 64, 48), (17, 64, 48), (6, 20, 30), (5, 8, 7), (17, 64, 48), (4, 12, 12)]):
        maps = heatmaps(seed, channels, height, width)[None]
        stream = IntegerStream(seed + 40)
        box = [stream.between(0, 4000) / 8, stream.between(0, 4000) / 8, stream.between(80, 3000) / 8, stream.between(80, 3000) / 8]
        processor = VitPoseImageProcessor()
        result = processor.post_process_pose_estimation(Outputs(maps), boxes=[[box]])[0][0]
        cases.append({
            "seed": seed, "shape": [channels, height, width], "box": box,
            "points": result["keypoints"].numpy().flatten().tolist(), "scores": result["scores"].numpy().tolist(),
            "opencv": with_opencv(maps)[0].flatten().tolist(),
        })
    together = []
    for seeds, (channels, height, width) in [([7, 8], (5, 16, 12)), ([9, 10, 11], (3, 9, 21))]:
        # Turned around, so that the first map of each person has nothing above 0.
        maps = np.stack([heatmaps(seed, channels, height, width)[::-1] for seed in seeds])
        boxes = [[10.5 * seed, 300.25 - seed, 40.0 + seed, 33.3] for seed in seeds]
        people = VitPoseImageProcessor().post_process_pose_estimation(Outputs(maps), boxes=[boxes])[0]
        together.append({
            "seeds": seeds, "shape": [channels, height, width], "boxes": boxes,
            "points": [person["keypoints"].numpy().flatten().tolist() for person in people],
        })
    (FIXTURES / "keypoints-together.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in together) + "\n]\n")
    (FIXTURES / "keypoints.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
