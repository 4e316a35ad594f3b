"""Make the tiny X-CLIP checkpoints of plugins/xclip/fixtures, and what transformers answers with them.

Each has random weights, the true architecture, and sizes, normalisation, number of frames and a tokenizer that no published
X-CLIP has. `reference.json` holds, for every video, the frames that are taken, the sha256 of the float32 tensor
[1, frames, 3, height, width] of the default processor, the embeddings, the logits and their softmax; and the ids of every text.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import PIL
import tokenizers
import torch
import torchvision
import transformers
from export_xclip import export
from PIL import Image
from transformers import VideoMAEImageProcessor, XCLIPConfig, XCLIPModel
from transformers.image_utils import load_image

sys.path.insert(0, str(Path(__file__).parents[1] / "clip"))

from fixture_pictures import scene  # noqa: E402
from tiny_clip import make_tokenizer  # noqa: E402

FIXTURES = Path(__file__).parents[3] / "plugins" / "xclip" / "fixtures"
LABELS = [
    "a person running", "a dog", "A  Person\tWAVING", "it's 2026!", "naïve café", "🏃", "кошка и собака", "日本語の文字", "x",
    "a very long label that goes on and on, past the end of any context that such a small model could have " * 2,
]
MODELS = {
    1: dict(name="eight-frames", frames=8, image=24, patch=8, edge=30, context=12, vocabulary=560, width=16, end=None, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], template="{}", scale=2.2, spread=4),
    2: dict(name="four-frames", frames=4, image=20, patch=5, edge=20, context=17, vocabulary=600, width=24, end=2, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], template="a person {}", scale=1.7, spread=4),
    3: dict(name="five-frames", frames=5, image=32, patch=16, edge=40, context=9, vocabulary=540, width=20, end=None, mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5], template="of {}", scale=2.6, spread=4),
}
MOVING = [f"moving-{i:02d}.jpg" for i in range(19)]
# Fewer frames than any model takes, as many as some take, more; several shapes and kinds in one video; one frame.
VIDEOS = [MOVING[:3], MOVING[:4], MOVING[5:10], MOVING[:8], MOVING, ["wide.jpg", "tall.png", "grey.jpg", "palette-transparent.png", "rgba.png", "turned.jpg", "tiny.png"], ["tall.png"]]


def make_frames(folder: Path) -> None:
    """A window that wanders over a picture; and pictures of other kinds, as frames that were stored one by one may be."""
    folder.mkdir(parents=True, exist_ok=True)
    ground = Image.fromarray(scene(150, 100))
    for i, name in enumerate(MOVING):
        left, top = 4 * i, 3 * (i % 7)
        ground.crop((left, top, left + 56, top + 42)).save(folder / name, quality=70)
    Image.fromarray(scene(160, 40)).save(folder / "wide.jpg", quality=88)
    Image.fromarray(scene(37, 91)).save(folder / "tall.png")
    Image.fromarray(scene(3, 2)).save(folder / "tiny.png")
    Image.fromarray(scene(70, 50)[..., 0]).save(folder / "grey.jpg", quality=90)
    Image.fromarray(scene(44, 38, 4)).save(folder / "rgba.png")
    Image.fromarray(scene(60, 45)).quantize(32).save(folder / "palette-transparent.png", transparency=5)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene(57, 34)).save(folder / "turned.jpg", quality=90, exif=exif)


def taken(count: int, frames: int) -> list[int]:
    """Which of `count` frames a model of `frames` is shown: the last again where there are fewer, evenly where more."""
    return [i * count // frames if count > frames else min(i, count - 1) for i in range(frames)]


def build(seed: int, size: int, frames: int, image: int, patch: int, context: int, width: int, end: int | None, scale: float, spread: float, **_) -> XCLIPModel:
    torch.manual_seed(seed)
    last = size - 1
    tower = dict(hidden_size=width, intermediate_size=width * 2, num_hidden_layers=2, num_attention_heads=4)
    config = XCLIPConfig(
        text_config=dict(**tower, vocab_size=size, max_position_embeddings=context, bos_token_id=last - 1, eos_token_id=last if end is None else end, pad_token_id=last),
        vision_config=dict(
            **tower, image_size=image, patch_size=patch, num_frames=frames, mit_hidden_size=16, mit_intermediate_size=32,
            mit_num_hidden_layers=1, mit_num_attention_heads=4,
        ),
        projection_dim=16, prompt_layers=2, prompt_num_attention_heads=4,
    )
    model = XCLIPModel._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        model.logit_scale.fill_(scale)
        # Fresh weights are tiny and give nearly equal embeddings; larger ones tell videos apart.
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1 and name != "prompts_visual_projection":
                parameter.mul_(spread)
        model.prompts_generator.alpha.fill_(0.3)
    return model


@torch.no_grad()
def answers(model: XCLIPModel, processor: VideoMAEImageProcessor, tokenizer: tokenizers.Tokenizer, template: str) -> dict:
    config = model.config
    tokenizer.enable_truncation(config.text_config.max_position_embeddings)
    tokenizer.enable_padding(pad_id=config.text_config.vocab_size - 1, pad_token="<|endoftext|>")
    texts = tokenizer.encode_batch([template.replace("{}", label) for label in LABELS])
    ids = torch.tensor([text.ids for text in texts])
    mask = torch.tensor([text.attention_mask for text in texts])
    videos = []
    for names in VIDEOS:
        chosen = taken(len(names), config.vision_config.num_frames)
        frames = [load_image(str(FIXTURES / "frames" / names[i])) for i in chosen]
        pixels = processor(frames, return_tensors="pt").pixel_values
        answer = model(pixel_values=pixels, input_ids=ids, attention_mask=mask)
        videos.append({
            "frames": names,
            "taken": chosen,
            "shape": list(pixels.shape),
            "pixel_sha256": hashlib.sha256(pixels.numpy().astype("<f4").tobytes()).hexdigest(),
            "video_embeds": answer.video_embeds[0].tolist(),
            "text_embeds": answer.text_embeds[0].tolist(),
            "logits": answer.logits_per_video[0].tolist(),
            "probabilities": answer.logits_per_video.softmax(dim=-1)[0].tolist(),
        })
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, transformers, tokenizers, PIL)}
    return {"versions": versions, "template": template, "labels": LABELS, "input_ids": ids.tolist(), "attention_mask": mask.tolist(), "videos": videos}


def make(seed: int) -> None:
    options = MODELS[seed]
    folder = FIXTURES / options["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make_frames(FIXTURES / "frames")
    tokenizer = make_tokenizer(options["vocabulary"])
    model = build(seed, tokenizer.get_vocab_size(), **options)
    export(model, folder)
    model.config.save_pretrained(folder)
    processor = VideoMAEImageProcessor(
        size={"shortest_edge": options["edge"]}, crop_size={"height": options["image"], "width": options["image"]},
        image_mean=options["mean"], image_std=options["std"],
    )
    processor.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    reference = answers(model, processor, tokenizer, options["template"])
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(options["name"], size, "bytes; probabilities of the videos:")
    for video in reference["videos"]:
        print("  ", [round(value, 3) for value in video["probabilities"]])
