"""Make the tiny CLIP checkpoints of plugins/clip/fixtures, and what transformers answers with them.

    python tools/export/clip.py --tiny 1 2 3

Each has random weights, the true architecture, and sizes, normalisation and a tokenizer that no published CLIP has, so that
nothing can be right by habit. `reference.json` holds, for every picture, the sha256 of the float32 pixel tensor of the
default processor and the image embedding; for every label its ids and text embedding; and the zero-shot result.
"""

import hashlib
import json
import shutil
from pathlib import Path

import PIL
import tokenizers
import torch
import torchvision
import transformers
from export_clip import export
from fixture_pictures import make_pictures
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel
from transformers.image_utils import load_image

FIXTURES = Path(__file__).parents[3] / "plugins" / "clip" / "fixtures"
LABELS = [
    "a cat", "a dog", "A  Cat\tand a DOG", "it's 2026!", "naïve café", "🍕", "👩‍👩‍👧 family", "ΟΔΟΣ και ΣΟΦΟΣ", "日本語の文字", "кошка и собака",
    "हिन्दी में", "x", "!!!", "a photo of a very long label that goes on and on, past the end of any context that such a small model could have " * 2,
]
TEMPLATE = "This is a photo of {}."
CONFIGS = {
    "square": dict(seed=1, image=24, patch=8, edge=30, context=12, vocabulary=640, width=32, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], scale=3.1, factor=1 / 255),
    "no-margin": dict(seed=2, image=20, patch=4, edge=20, context=17, vocabulary=700, width=24, mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5], scale=2.3, factor=1 / 200),
    "enlarging": dict(seed=3, image=48, patch=16, edge=52, context=9, vocabulary=600, width=40, mean=[0.481, 0.457, 0.408], std=[0.268, 0.261, 0.275], scale=4.0, factor=1 / 255),
}


def make_tokenizer(vocabulary: int) -> Tokenizer:
    """CLIP's own pipeline on a vocabulary of this size; the last id ends a text."""
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    # Every byte with and without the end of a word, as CLIP's vocabulary begins.
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 2, initial_alphabet=alphabet, end_of_word_suffix="</w>", special_tokens=[], show_progress=False, min_frequency=1
    )
    words = ["a photo of a cat", "a photo of a dog", "this is a photo", "a very long label", "кошка собака", "a small model"] * 20
    tokenizer.train_from_iterator(words + [f"{chr(97 + i)}{chr(97 + j)}" for i in range(26) for j in range(26)], trainer)
    ids = {token: i for i, token in enumerate([*alphabet, *(letter + "</w>" for letter in alphabet)])}
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    kept = []
    for left, right in merges:
        if len(ids) >= vocabulary - 2:
            break
        if left in ids and right in ids and left + right not in ids:
            ids[left + right] = len(ids)
            kept.append((left, right))
    tokenizer.model = models.BPE(vocab=ids | {"<|endoftext|>": len(ids) + 1, "<|startoftext|>": len(ids)}, merges=kept, unk_token="<|endoftext|>", end_of_word_suffix="</w>")
    tokenizer.add_special_tokens(["<|startoftext|>", "<|endoftext|>"])
    start, end = len(ids), len(ids) + 1
    tokenizer.post_processor = processors.RobertaProcessing(("<|endoftext|>", end), ("<|startoftext|>", start), False, False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def make(name: str, seed: int, image: int, patch: int, edge: int, context: int, vocabulary: int, width: int, mean, std, scale: float, factor: float) -> None:
    torch.manual_seed(seed)
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer = make_tokenizer(vocabulary)
    size = tokenizer.get_vocab_size()
    end = tokenizer.token_to_id("<|endoftext|>")
    assert end == size - 1
    tower = dict(hidden_size=width, intermediate_size=width * 2, num_hidden_layers=2, num_attention_heads=4)
    config = CLIPConfig(
        text_config=dict(**tower, vocab_size=size, max_position_embeddings=context, bos_token_id=end - 1, eos_token_id=end, pad_token_id=end, projection_dim=16),
        vision_config=dict(**tower, image_size=image, patch_size=patch, projection_dim=16),
        projection_dim=16,
    )
    model = CLIPModel._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        model.logit_scale.fill_(scale)
        # Fresh weights are tiny and give nearly equal embeddings; larger ones tell pictures apart.
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(4)
    export(model, folder)
    config.save_pretrained(folder)
    processor = CLIPImageProcessor(size={"shortest_edge": edge}, crop_size={"height": image, "width": image}, image_mean=mean, image_std=std, rescale_factor=factor)
    processor.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    reference = answers(model, processor, tokenizer, context, end)
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1) + "\n")


@torch.no_grad()
def answers(model: CLIPModel, processor, tokenizer: Tokenizer, context: int, end: int) -> dict:
    tokenizer.enable_truncation(context)

    def text_embeds(text: str) -> tuple[list[int], torch.Tensor]:
        # A half of a surrogate pair cannot be in a Python text; everything else goes through as it is.
        ids = tokenizer.encode(text).ids
        return ids, model.text_projection(model.text_model(input_ids=torch.tensor([ids])).pooler_output)[0]

    texts = []
    for label in LABELS:
        ids, embeds = text_embeds(label)
        texts.append({"text": label, "input_ids": ids, "text_embeds": embeds.tolist()})
    prompted = torch.stack([text_embeds(TEMPLATE.replace("{}", label))[1] for label in LABELS])
    prompted = prompted / prompted.norm(dim=-1, keepdim=True)
    images = []
    for name in sorted(path.name for path in (FIXTURES / "pictures").iterdir()):
        picture = load_image(str(FIXTURES / "pictures" / name))
        pixels = processor(images=picture, return_tensors="pt").pixel_values
        embeds = model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output)[0]
        unit = embeds / embeds.norm()
        probabilities = (prompted @ unit * model.logit_scale.exp()).softmax(dim=-1)
        images.append({
            "file": name,
            "pixel_sha256": hashlib.sha256(pixels.numpy().astype("<f4").tobytes()).hexdigest(),
            "image_embeds": embeds.tolist(),
            "probabilities": probabilities.tolist(),
        })
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, transformers, tokenizers, PIL)}
    return {"versions": versions, "logit_scale": model.logit_scale.exp().item(), "template": TEMPLATE, "texts": texts, "images": images}


if __name__ == "__main__":
    shutil.rmtree(FIXTURES / "pictures", ignore_errors=True)
    make_pictures(FIXTURES / "pictures")
    for name, options in CONFIGS.items():
        if options["seed"] not in seeds:
            continue
        make(name, **options)
        print(name, sum(path.stat().st_size for path in (FIXTURES / name).rglob("*") if path.is_file()), "bytes")
