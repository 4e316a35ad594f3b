"""Writes digests of ViTPose's crops, and small faces aligned with skimage and OpenCV as insightface aligns them."""

import base64
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from skimage.transform import SimilarityTransform
from transformers import VitPoseImageProcessor

from integer_stream import IntegerStream, picture

FIXTURES = Path(__file__).parents[3] / "packages" / "vision" / "fixtures"
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], dtype=np.float32)


def poses():
    for number in range(60):
        stream = IntegerStream(number)
        width, height = stream.between(1, 300), stream.between(1, 300)
        box = [stream.between(-100 * 8, width * 8) / 8, stream.between(-100 * 8, height * 8) / 8, stream.between(1, 3200) / 16, stream.between(1, 3200) / 16]
        size = [(192, 256), (48, 64), (33, 40)][number % 3]
        processor = VitPoseImageProcessor(size={"width": size[0], "height": size[1]}, do_rescale=False, do_normalize=False)
        image = torch.from_numpy(picture(number, width, height, number % 3)).permute(2, 0, 1)
        result = processor(image, boxes=[[box]], return_tensors="pt")["pixel_values"][0].numpy()
        pixels = np.ascontiguousarray(result.transpose(1, 2, 0)).astype(np.uint8)
        yield {
            "seed": number, "width": width, "height": height, "box": box, "size": list(size),
            "digest": hashlib.sha256(pixels.tobytes()).hexdigest()[:12],
        }


def faces():
    for number in range(16):
        stream = IntegerStream(number + 1000)
        width, height = stream.between(60, 250), stream.between(60, 250)
        angle, scale = stream.between(-314, 314) / 100, stream.between(3, 30) / 10
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        noise = np.array([[stream.between(-40, 40) / 10 for _ in range(2)] for _ in range(5)])
        points = ((TEMPLATE - 56) @ turn.T / scale + [width / 2, height / 2] + noise).astype(np.float32)
        transform = SimilarityTransform.from_estimate(points, TEMPLATE)
        matrix = transform.params[:2]
        image = picture(number, width, height, 2)
        aligned = cv2.warpAffine(image, matrix, (112, 112), borderValue=0.0)
        yield {
            "seed": number, "width": width, "height": height, "points": points.flatten().tolist(),
            "matrix": matrix.flatten().tolist(),
            # Every seventh row.
            "aligned": base64.b64encode(np.ascontiguousarray(aligned[::7]).tobytes()).decode(),
        }


def main():
    cv2.ipp.setUseIPP(False)
    for name, cases in (("pose-crops", list(poses())), ("faces", list(faces()))):
        (FIXTURES / f"{name}.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
