"""The graphs and files that pet-classifier.py writes."""

import sys
from pathlib import Path

from transformers import AutoImageProcessor, ConvNextImageProcessor, ResNetConfig, ResNetForImageClassification

sys.path.insert(0, str(Path(__file__).parents[1] / "pictures"))
from picture_model import Logits, classify, export_graph, command, randomise, write_reference  # noqa: E402

# Short edge of the result, the part of it that is kept, normalisation, labels: none as published.
TINY = {
    1: dict(edge=28, crop_pct=0.875, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], labels=["cats", "dogs"], problem=None),
    2: dict(edge=45, crop_pct=0.9, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], labels=["cats", "dogs"], problem="single_label_classification"),
    3: dict(edge=384, crop_pct=0.95, mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5], labels=["cat", "dog", "fox"], problem="multi_label_classification"),
}


def write(model: ResNetForImageClassification, processor, folder: Path) -> Logits:
    wrapped = Logits(model)
    edge = processor.size["shortest_edge"]
    export_graph(wrapped, folder, (edge, edge), "logits", {0: "batch"}, [(2, edge + 32, edge + 64)])
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    return wrapped


def export(checkpoint: Path, folder: Path) -> None:
    model = ResNetForImageClassification.from_pretrained(checkpoint).eval()
    write(model, AutoImageProcessor.from_pretrained(checkpoint), folder)


def tiny(folder: Path, pictures: Path, seed: int) -> None:
    options = TINY[seed]
    labels = dict(enumerate(options["labels"]))
    config = ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 12, 16, 20], depths=[2, 1, 1, 1], layer_type="basic", num_labels=len(labels),
        id2label=labels, label2id={label: i for i, label in labels.items()},
    )
    if options["problem"]:
        config.problem_type = options["problem"]
    model = ResNetForImageClassification(config).eval()
    randomise(model, 1.5)
    processor = ConvNextImageProcessor(
        size={"shortest_edge": options["edge"]}, crop_pct=options["crop_pct"], resample=3, image_mean=options["mean"], image_std=options["std"]
    )
    wrapped = write(model, processor, folder)
    activation = "sigmoid" if options["problem"] == "multi_label_classification" else "softmax"
    prepare = lambda picture: processor(picture, return_tensors="pt").pixel_values[0]  # noqa: E731
    write_reference(folder, classify(wrapped, prepare, pictures, activation), labels=options["labels"])


def main() -> None:
    command("pet-classifier", export, tiny)
