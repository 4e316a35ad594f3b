"""Make the tiny checkpoints of plugins/fashion-clip/fixtures, and what transformers and open_clip answer with them.

Each has random weights, the true architecture, and sizes, normalisation and a tokenizer that no published model has.
`reference.json` holds, for every text, what open_clip's cleaning leaves of it (SigLIP), its ids and unit embedding; for every
picture the sha256 of the float32 tensor of the default processor, its unit embedding and its scores for all labels.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import PIL
import tokenizers
import torch
import torchvision
import transformers
from export_fashion_clip import export_clip, export_siglip
from PIL import Image
from tokenizers import Tokenizer
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, SiglipConfig, SiglipImageProcessor, SiglipModel
from transformers.image_utils import load_image

EXPORT = Path(__file__).parents[1]
sys.path += [str(EXPORT / "clip"), str(EXPORT / "text")]

from fixture_pictures import scene  # noqa: E402
from tiny_clip import make_tokenizer  # noqa: E402
from tokenizer_ids import unigram  # noqa: E402

FIXTURES = EXPORT.parents[1] / "plugins" / "fashion-clip" / "fixtures"
LABELS = [
    "a red t-shirt", "Blue  JEANS", "a hi-vis_vest!", "men&amp;women", "naïve café", "👗", "ﬁne “silk”", "летнее платье", "日本語の文字", "x",
    "a very long description of a coat that goes on and on, past the end of any context that such a small model could have " * 2,
]
MODELS = {
    1: dict(name="clip", kind="clip", image=24, patch=8, edge=30, context=12, vocabulary=560, width=16, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], scale=2.1, template="{}"),
    2: dict(name="siglip", kind="siglip", image=24, patch=8, context=16, width=20, mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5], outputs=("image_embeds", "text_embeds"), rule="nmt_nfkc", scale=None, template="{}"),
    3: dict(name="siglip-pooled", kind="siglip", image=20, patch=5, context=11, width=24, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], outputs=("pooler_output", "pooler_output"), rule="identity", scale=None, template="a {}"),
}
CLEAN = "import json, sys; from open_clip.tokenizer import _clean_canonicalize as clean; print(json.dumps([clean(t) for t in json.load(sys.stdin)]))"


def make_pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene(160, 40)).save(folder / "wide.jpg", quality=88)
    Image.fromarray(scene(37, 91)).save(folder / "tall.png")
    Image.fromarray(scene(3, 2)).save(folder / "tiny.png")
    Image.fromarray(scene(70, 50)[..., 0]).save(folder / "grey.jpg", quality=90)
    Image.fromarray(scene(44, 38, 4)).save(folder / "rgba.png")
    Image.fromarray(scene(60, 45)).quantize(32).save(folder / "palette-transparent.png", transparency=5)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene(57, 34)).save(folder / "turned.jpg", quality=90, exif=exif)
    Image.fromarray(scene(120, 90)).resize((800, 600), Image.Resampling.BICUBIC).save(folder / "large.jpg", quality=50)


def siglip_tokenizer(rule: str) -> Tokenizer:
    """SentencePiece's Unigram with `</s>` at the end of a text, trained on words of clothes."""
    words = ["red shirt", "blue jeans", "hi vis vest", "silk dress", "летнее платье", "a very long coat", "small model", "men and women", "description of any context"]
    pairs = [f"{chr(97 + i)}{chr(97 + j)} {chr(97 + j)}{chr(97 + i)}" for i in range(26) for j in range(26)]
    return unigram(words * 30 + pairs, rule, False)


def build(kind: str, size: int, image: int, patch: int, context: int, width: int, scale: float | None):
    tower = dict(hidden_size=width, intermediate_size=width * 2, num_hidden_layers=2, num_attention_heads=4)
    vision = dict(**tower, image_size=image, patch_size=patch)
    if kind == "clip":
        text = dict(**tower, vocab_size=size, max_position_embeddings=context, bos_token_id=size - 2, eos_token_id=size - 1, pad_token_id=size - 1, projection_dim=16)
        model = CLIPModel._from_config(CLIPConfig(text_config=text, vision_config=dict(**vision, projection_dim=16), projection_dim=16), attn_implementation="eager")
    else:
        text = dict(**tower, vocab_size=size, max_position_embeddings=context, bos_token_id=0, eos_token_id=1, pad_token_id=1)
        model = SiglipModel._from_config(SiglipConfig(text_config=text, vision_config=vision), attn_implementation="eager")
    with torch.no_grad():
        if scale is not None:
            model.logit_scale.fill_(scale)
        for name, parameter in model.named_parameters():
            # Fresh weights of a CLIP are tiny and give nearly equal embeddings; a SigLIP's are not.
            if parameter.dim() > 1 and kind == "clip":
                parameter.mul_(4)
        if kind == "siglip":
            # A direction that all have in common brings cosines so near to each other that their softmax tells something.
            common = torch.randn(width) * 10
            model.text_model.head.bias.add_(common)
            model.vision_model.head.mlp.fc2.bias.add_(common)
    return model.eval()


def cleaned(texts: list[str], kind: str, open_clip: str) -> list[str]:
    if kind == "clip":
        return texts
    return json.loads(subprocess.run([open_clip, "-c", CLEAN], input=json.dumps(texts), capture_output=True, text=True, check=True).stdout)


@torch.no_grad()
def answers(model, processor, tokenizer: Tokenizer, kind: str, context: int, template: str, open_clip: str) -> dict:
    tokenizer.enable_truncation(context)
    if kind == "siglip":
        tokenizer.enable_padding(length=context, pad_id=1, pad_token="</s>")

    def unit(values: torch.Tensor) -> torch.Tensor:
        return values / values.norm(dim=-1, keepdim=True)

    def embed(ids: list[int]) -> torch.Tensor:
        features = model.get_text_features(input_ids=torch.tensor([ids]))
        return unit(features.pooler_output)[0]

    texts = []
    for label, clean in zip(LABELS, cleaned(LABELS, kind, open_clip)):
        ids = tokenizer.encode(clean).ids
        texts.append({"text": label, "cleaned": clean, "input_ids": ids, "text_embeds": embed(ids).tolist()})
    prompts = cleaned([template.replace("{}", label) for label in LABELS], kind, open_clip)
    prompted = torch.stack([embed(tokenizer.encode(prompt).ids) for prompt in prompts])
    scale = model.logit_scale.exp().item() if kind == "clip" else 100.0
    images = []
    for name in sorted(path.name for path in (FIXTURES / "pictures").iterdir()):
        pixels = processor(images=load_image(str(FIXTURES / "pictures" / name)), return_tensors="pt").pixel_values
        embeds = unit(model.get_image_features(pixel_values=pixels).pooler_output)[0]
        images.append({
            "file": name,
            "pixel_sha256": hashlib.sha256(pixels.numpy().astype("<f4").tobytes()).hexdigest(),
            "image_embeds": embeds.tolist(),
            "probabilities": (prompted @ embeds * scale).softmax(dim=-1).tolist(),
        })
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, transformers, tokenizers, PIL)}
    return {"versions": versions, "logit_scale": scale, "template": template, "texts": texts, "images": images}


def make(seed: int, open_clip: str) -> None:
    options = MODELS[seed]
    kind, image, context = options["kind"], options["image"], options["context"]
    torch.manual_seed(seed)
    folder = FIXTURES / options["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make_pictures(FIXTURES / "pictures")
    tokenizer = make_tokenizer(options["vocabulary"]) if kind == "clip" else siglip_tokenizer(options["rule"])
    model = build(kind, tokenizer.get_vocab_size(), image, options["patch"], context, options["width"], options["scale"])
    numbers = dict(image_mean=options["mean"], image_std=options["std"])
    if kind == "clip":
        processor = CLIPImageProcessor(size={"shortest_edge": options["edge"]}, crop_size={"height": image, "width": image}, **numbers)
        export_clip(model, folder)
    else:
        processor = SiglipImageProcessor(size={"height": image, "width": image}, **numbers)
        export_siglip(model, folder, options["outputs"])
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    reference = answers(model, processor, tokenizer, kind, context, options["template"], open_clip)
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")
    print(options["name"], sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()), "bytes; scores of the first pictures:")
    for picture in reference["images"][:4]:
        print("  ", [round(value, 3) for value in picture["probabilities"]])
