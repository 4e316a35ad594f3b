"""The small ViTPoses of plugins/vitpose/fixtures, and what transformers answers with them.

Each has random weights, the true architecture (with the simple decoder: the classic one has a million weights at its
smallest), and sizes, normalisation and names that no published ViTPose has.
`reference.json` holds for every picture and its boxes the sha256 of the float32 pixel tensor, sums of the heatmaps, and
the keypoints and scores of `post_process_pose_estimation`.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy
import PIL
import scipy
import torch
import torchvision
import transformers
from export_vitpose import export
from PIL import Image
from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation, VitPoseImageProcessor
from transformers.image_utils import load_image
from transformers.models.vitpose.image_processing_vitpose import box_to_center_and_scale

EXPORT = Path(__file__).parents[1]
FIXTURES = EXPORT.parent.parent / "plugins" / "vitpose" / "fixtures"
sys.path.insert(0, str(EXPORT / "clip"))

from fixture_pictures import scene  # noqa: E402

COCO = ["Nose", "L_Eye", "R_Eye", "L_Ear", "R_Ear", "L_Shoulder", "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist", "L_Hip", "R_Hip", "L_Knee", "R_Knee", "L_Ankle", "R_Ankle"]
EDGES = [[15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6], [5, 7], [6, 8], [7, 9], [8, 10], [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6]]
FINGERS = ["tip", "joint", "knuckle", "wrist", "palm"]
# Experts, and whether the number of the data set is an input (several experts) or was baked in.
MODELS = {
    1: dict(name="plain", experts=1, size=(64, 48), patch=(16, 16), width=32, labels=COCO, edges=EDGES, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    2: dict(name="experts", experts=3, size=(64, 64), patch=(16, 16), width=24, labels=FINGERS, edges=[[0, 1], [1, 2], [2, 4], [4, 3]], mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3]),
    3: dict(name="baked", experts=2, size=(48, 80), patch=(16, 16), width=32, labels=COCO, edges=EDGES, mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5]),
    # As transformers leaves it out of its files: two keypoints without names, the processor beside others in one file. The graph
    # takes three people at once, and some maps have nothing above 0.
    4: dict(name="crowd", experts=1, size=(48, 32), patch=(16, 16), width=16, labels=None, edges=[], mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5], people=3, bias=[-1.0, 0.4], factor=100.0),
}
# Boxes as left, top, right, bottom: inside, at and over borders, smaller than a pixel of the map, the whole picture.
BOXES = {
    "wide.jpg": [[0, 0, 160, 40], [10.5, 3, 30.25, 38], [140, 20, 160, 40], [-12, -7, 20, 60], [150, 10, 200, 70]],
    "tall.png": [[0, 0, 37, 151], [2, 100.125, 35, 150.5]],
    "small.png": [[0, 0, 9, 7], [4, 3, 5.5, 4.25]],
    "grey.jpg": [[0, 0, 70, 50], [20, 5, 60, 45]],
    "large.jpg": [[0, 0, 1600, 1200], [400.5, 300.25, 700, 1100], [1500, 1100, 1700, 1300]],
}


def make_pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene(160, 40)).save(folder / "wide.jpg", quality=88)
    Image.fromarray(scene(37, 151)).save(folder / "tall.png")
    Image.fromarray(scene(9, 7)).save(folder / "small.png")
    Image.fromarray(scene(70, 50)[..., 0]).save(folder / "grey.jpg", quality=90)
    Image.fromarray(scene(160, 120)).resize((1600, 1200), Image.Resampling.BICUBIC).save(folder / "large.jpg", quality=30)


def build(seed: int, experts: int, size, patch, width: int, labels, edges, bias=0.6, **_) -> VitPoseForPoseEstimation:
    torch.manual_seed(seed)
    backbone = VitPoseBackboneConfig(
        image_size=list(size), patch_size=list(patch), hidden_size=width, num_hidden_layers=2, num_attention_heads=4,
        mlp_ratio=2, num_experts=experts, part_features=width // 4 if experts > 1 else 0, out_indices=[2],
    )
    names = {} if labels is None else dict(
        num_labels=len(labels), id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)}, edges=edges,
    )
    config = VitPoseConfig(backbone_config=backbone, use_simple_decoder=True, scale_factor=4, **names)
    model = VitPoseForPoseEstimation._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        # Fresh weights are tiny and give flat maps; larger ones tell places apart, and a bias lifts the maps above 0.
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.mul_(4 if "head" not in name else 6)
        for name, buffer in model.named_buffers():
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
        model.head.conv.bias.copy_(torch.tensor(bias))
    return model


@torch.no_grad()
def answers(model, processor, experts: int, takes_index: bool) -> tuple[list[dict], float]:
    """The answers, and the farthest that a keypoint goes when the heatmaps change by a millionth, in pixels."""
    images, worst = [], 0.0
    for file, boxes in BOXES.items():
        coco = [[left, top, right - left, bottom - top] for left, top, right, bottom in boxes]
        pixels = processor(load_image(str(FIXTURES / "pictures" / file)), boxes=[coco], return_tensors="pt").pixel_values
        for index in range(experts if takes_index else 1):
            outputs = model(pixels, dataset_index=torch.full((len(boxes),), index) if experts > 1 else None)
            people = processor.post_process_pose_estimation(outputs, boxes=[coco])[0]
            for noise in range(3):
                changed = type(outputs)(heatmaps=outputs.heatmaps + torch.randn(outputs.heatmaps.shape, generator=torch.Generator().manual_seed(noise)) * 1e-6)
                for before, after in zip(people, processor.post_process_pose_estimation(changed, boxes=[coco])[0]):
                    worst = max(worst, (before["keypoints"] - after["keypoints"]).abs().max().item())
            images.append({
                "file": file, "boxes": boxes, "dataset_index": index,
                "pixel_sha256": hashlib.sha256(pixels.numpy().astype("<f4").tobytes()).hexdigest(),
                "heatmap_sums": outputs.heatmaps.double().sum(dim=(2, 3)).flatten().tolist(),
                "first_heatmap": outputs.heatmaps[0, 0].flatten().tolist() if file == "wide.jpg" else [],
                "people": [{"points": p["keypoints"].flatten().tolist(), "scores": p["scores"].tolist()} for p in people],
            })
    return images, worst


def is_moved(person: dict, box: list[float], processor) -> bool:
    """Whether its first map has nothing above 0, and its point is not at (-1, -1) of the map all the same."""
    left, top, right, bottom = box
    sides = processor.size["width"], processor.size["height"]
    centre, scale = box_to_center_and_scale([left, top, right - left, bottom - top], *sides)
    corner = [c - s * 100 - s * 200 / (side // 4 - 1) for c, s, side in zip(centre, scale, sides)]
    return person["scores"][0] < 0 and max(abs(a - b) for a, b in zip(person["points"], corner)) > 0.1


def make(seed: int) -> None:
    options = MODELS[seed]
    folder = FIXTURES / options["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make_pictures(FIXTURES / "pictures")
    height, width = options["size"]
    processor = VitPoseImageProcessor(size={"height": height, "width": width}, image_mean=options["mean"], image_std=options["std"], normalize_factor=options.get("factor", 200.0))
    is_baked = options["name"] == "baked"
    # A flat map has no top to find: the first weights whose keypoints are certain are taken.
    for attempt in range(200):
        model = build(seed * 1000 + attempt, **options)
        images, worst = answers(model, processor, options["experts"], not is_baked)
        scores = [score for image in images for person in image["people"] for score in person["scores"]]
        # The first map of the first of several people has nothing above 0, and the lower corners of the last map of all have.
        is_mixed = min(scores) < 0 < max(scores) and any(is_moved(image["people"][0], image["boxes"][0], processor) for image in images if len(image["people"]) > 1)
        fits = is_mixed if "bias" in options else min(scores) > 0.02
        if worst < 0.002 and fits:
            break
    assert worst < 0.002 and fits, f"no seed whose keypoints are certain: {worst}"
    export(model, folder, 0 if is_baked else None, options.get("people"))
    model.config.save_pretrained(folder)
    if "people" in options:
        (folder / "processor_config.json").write_text(json.dumps({"image_processor": json.loads(processor.to_json_string())}, indent=2) + "\n")
    else:
        processor.save_pretrained(folder)
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, transformers, scipy, PIL)}
    reference = {"versions": versions, "weights_seed": seed * 1000 + attempt, "images": images}
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(options["name"], size, "bytes, weights of seed", seed * 1000 + attempt, "farthest", worst, "tensors of", numpy.prod(model.head.conv.weight.shape))
