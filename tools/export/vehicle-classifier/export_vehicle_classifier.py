"""The graphs and files that vehicle-classifier.py writes."""

import json
import sys
from pathlib import Path

import torch
from torchvision import transforms
from torchvision.models import resnet50
from torchvision.models.resnet import Bottleneck, ResNet
from transformers import ViTImageProcessorPil

sys.path.insert(0, str(Path(__file__).parents[1] / "pictures"))
from picture_model import classify, export_graph, command, pictures, randomise, write_reference  # noqa: E402

CLASSES = [
    "articulated_truck", "background", "bicycle", "bus", "car", "motorcycle",
    "non-motorized_vehicle", "pedestrian", "pickup_truck", "single_unit_truck", "work_van",
]
IMAGENET = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
TINY = {
    1: dict(size=(32, 32), mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], classes=CLASSES),
    2: dict(size=(40, 56), **IMAGENET, classes=CLASSES),
    3: dict(size=(224, 224), **IMAGENET, classes=["car", "background", "tram"]),
}


class Narrow(ResNet):
    """ResNet-50's blocks with a sixteenth of the planes and one block in each layer."""

    def __init__(self, classes: int):
        super().__init__(Bottleneck, [1, 1, 1, 1])
        self.fc = torch.nn.Linear(512 // 16 * Bottleneck.expansion, classes)

    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        return super()._make_layer(block, planes // 16, blocks, stride, dilate)


def write(model: ResNet, classes: list[str], size: tuple[int, int], mean, std, folder: Path) -> None:
    height, width = size
    export_graph(model, folder, size, "logits", {0: "batch"}, [(2, height + 32, width + 64)])
    config = {"model_type": "resnet", "architectures": ["ResNet"], "id2label": dict(enumerate(classes))}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    processor = ViTImageProcessorPil(size={"height": height, "width": width}, resample=2, image_mean=mean, image_std=std)
    # Saved, it would call itself by the name of the one on torchvision, whose pixels are others.
    described = processor.to_dict() | {"image_processor_type": "ViTImageProcessorPil"}
    (folder / "preprocessor_config.json").write_text(json.dumps(described, indent=2, sort_keys=True) + "\n")


def export(checkpoint: Path, folder: Path) -> None:
    classes = (checkpoint / "classes.txt").read_text().split("\n")
    classes = [name.strip() for name in classes if name.strip()]
    model = resnet50(num_classes=len(classes))
    state = torch.load(checkpoint / "pytorch_model.bin", map_location="cpu", weights_only=True)
    model.load_state_dict(state, strict=True)
    write(model.eval(), classes, (224, 224), **IMAGENET, folder=folder)


def tiny(folder: Path, picture_folder: Path, seed: int) -> None:
    options = TINY[seed]
    size, mean, std, classes = options["size"], options["mean"], options["std"], options["classes"]
    model = Narrow(len(classes)).eval()
    randomise(model, 1.2)
    write(model, classes, size, mean, std, folder)
    prepare = transforms.Compose([transforms.Resize(size), transforms.ToTensor(), transforms.Normalize(mean, std)])
    processor = ViTImageProcessorPil.from_pretrained(folder)
    for name, picture in pictures(picture_folder):
        assert torch.equal(prepare(picture), processor(picture, return_tensors="pt").pixel_values[0]), name
    write_reference(folder, classify(model, prepare, picture_folder, "softmax"), labels=classes)


def main() -> None:
    command("vehicle-classifier", export, tiny)
