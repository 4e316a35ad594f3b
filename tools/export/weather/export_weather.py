"""The graphs and files that weather.py writes."""

import sys
from pathlib import Path

from transformers import AutoImageProcessor, SiglipConfig, SiglipForImageClassification, SiglipImageProcessor

sys.path.insert(0, str(Path(__file__).parents[1] / "pictures"))
from picture_model import Logits, classify, export_graph, command, randomise, write_reference  # noqa: E402

LABELS = ["cloudy/overcast", "foggy/hazy", "rain/strom", "snow/frosty", "sun/clear"]
TINY = {
    1: dict(image=32, patch=8, width=32, resample=2, convert=None, mean=[0.5] * 3, std=[0.5] * 3, labels=LABELS, problem="single_label_classification"),
    2: dict(image=48, patch=16, width=24, resample=3, convert=True, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], labels=[*reversed(LABELS)], problem=None),
    3: dict(image=224, patch=32, width=24, resample=2, convert=None, mean=[0.5] * 3, std=[0.5] * 3, labels=["sun/clear"], problem=None),
}


def write(model: SiglipForImageClassification, processor, folder: Path) -> Logits:
    wrapped = Logits(model)
    image = model.config.vision_config.image_size
    export_graph(wrapped, folder, (image, image), "logits", {0: "batch"}, [(5, image, image)])
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    return wrapped


def export(checkpoint: Path, folder: Path) -> None:
    model = SiglipForImageClassification.from_pretrained(checkpoint, attn_implementation="eager").eval()
    write(model, AutoImageProcessor.from_pretrained(checkpoint), folder)


def tiny(folder: Path, pictures: Path, seed: int) -> None:
    options = TINY[seed]
    labels = dict(enumerate(options["labels"]))
    width, image = options["width"], options["image"]
    config = SiglipConfig(
        vision_config=dict(
            hidden_size=width, intermediate_size=width * 2, num_hidden_layers=2, num_attention_heads=4, image_size=image, patch_size=options["patch"]
        ),
        text_config=dict(hidden_size=width, intermediate_size=width, num_hidden_layers=1, num_attention_heads=4, vocab_size=8, max_position_embeddings=4),
        num_labels=len(labels), id2label=labels, label2id={label: i for i, label in labels.items()},
    )
    if options["problem"]:
        config.problem_type = options["problem"]
    model = SiglipForImageClassification._from_config(config, attn_implementation="eager").eval()
    randomise(model)
    processor = SiglipImageProcessor(
        size={"height": image, "width": image}, resample=options["resample"], do_convert_rgb=options["convert"], image_mean=options["mean"], image_std=options["std"]
    )
    wrapped = write(model, processor, folder)
    prepare = lambda picture: processor(picture, return_tensors="pt").pixel_values[0]  # noqa: E731
    activation = "sigmoid" if len(labels) == 1 else "softmax"
    write_reference(folder, classify(wrapped, prepare, pictures, activation), labels=options["labels"])


def main() -> None:
    command("weather", export, tiny)
