"""The small Florence-2s of plugins/florence/fixtures, and what transformers answers with them.

Each has random weights, the true architecture (DaViT, projector, BART), a byte-level BPE tokenizer with all location tokens,
and sizes, normalisation and words that no published Florence-2 has. `reference.json` holds for every picture the sha256 of the
float32 pixel tensor, the image features, and for each of the fifteen prompts the generated ids, greedy and with three beams in turn,
and what `post_process_generation` makes of them. Answers that change in float64, or with scores as far off as a
graph's may be, are left out: there rounding decides.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import onnx
import PIL
import tokenizers
import torch
import torchvision
import transformers
from export_florence import export, write_files
from merge_decoders import shorten_names
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import BartConfig, CLIPImageProcessor, Florence2Config, Florence2ForConditionalGeneration, Florence2Processor, LogitsProcessor, PreTrainedTokenizerFast
from transformers.image_utils import load_image
from transformers.models.florence2 import Florence2VisionConfig

EXPORT = Path(__file__).parents[1]
FIXTURES = EXPORT.parent.parent / "plugins" / "florence" / "fixtures"
sys.path.insert(0, str(EXPORT / "clip"))

from fixture_pictures import scene  # noqa: E402

NEW_TOKENS = 24
PAIRS = ["od", "ocr", "cap", "ncap", "dcap", "grounding", "seg", "region_cap", "region_to_desciption", "proposal"]
MODELS = {
    1: dict(name="merged", weights=11, image=(64, 64), dims=(8, 16, 16, 24), width=24, layers=2, heads=3, resample=3, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], banned=["it", "the image", "a"], split=False),
    3: dict(name="native", weights=3, image=(64, 96), dims=(8, 8, 16, 16), width=16, layers=1, heads=1, resample=3, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], banned=["a", "the image"], split=False, native=True, end=2.2),
    2: dict(name="split", weights=2, image=(96, 64), dims=(8, 16, 16, 24), width=32, layers=1, heads=2, resample=2, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], banned=["e"], split=True),
}
# The text that goes with each task; {region} stands for a box of the picture.
TASKS = {
    "<CAPTION>": "", "<DETAILED_CAPTION>": "", "<MORE_DETAILED_CAPTION>": "", "<OCR>": "", "<OCR_WITH_REGION>": "", "<OD>": "",
    "<DENSE_REGION_CAPTION>": "", "<REGION_PROPOSAL>": "", "<CAPTION_TO_PHRASE_GROUNDING>": " a green car and two people,\u3000naïve 🍕 ",
    "<REFERRING_EXPRESSION_SEGMENTATION>": "the red door", "<REGION_TO_SEGMENTATION>": "{region}", "<OPEN_VOCABULARY_DETECTION>": "crowbar",
    "<REGION_TO_CATEGORY>": "{region}", "<REGION_TO_DESCRIPTION>": "{region}", "<REGION_TO_OCR>": "{region}",
}
# Left, top, right, bottom in pixels: inside, over the borders, on a border between two bins.
BOXES = {"wide.jpg": [10.5, 3, 30.25, 38], "tall.png": [-12, -7, 20, 600], "grey.jpg": [7, 5, 35, 25], "palette.png": [0, 0.04, 39.99, 40], "turned.jpg": [1, 2, 20, 50], "small.png": [0, 0, 5, 2.5], "large.jpg": [300, 200.4, 1100, 899]}
TEXTS = ["a green car", "two people and a dog", "the red door is open", "STOP", "What does the image describe?", "Locate the objects with category name in the image."]


def make_pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene(160, 40)).save(folder / "wide.jpg", quality=88)
    Image.fromarray(scene(37, 151)).save(folder / "tall.png")
    Image.fromarray(scene(70, 50)[..., 0]).save(folder / "grey.jpg", quality=90)
    Image.fromarray(scene(40, 40)).quantize(16).save(folder / "palette.png", transparency=3)
    Image.fromarray(scene(5, 4)).save(folder / "small.png")
    Image.fromarray(scene(140, 90)).resize((1400, 900), Image.Resampling.BICUBIC).save(folder / "large.jpg", quality=35)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene(60, 30)).save(folder / "turned.jpg", quality=90, exif=exif)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """BART's pipeline with few words: <s> 0, <pad> 1, </s> 2, <unk> 3, bytes and merges, <mask>, and Florence-2's own."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=316, initial_alphabet=alphabet, special_tokens=special, show_progress=False, min_frequency=1)
    tokenizer.train_from_iterator(TEXTS * 4, trainer)
    opened = {name: [f"<{name}>", f"</{name}>"] for name in PAIRS}
    own = [*opened["od"], *opened["ocr"], *(f"<loc_{i}>" for i in range(1000)), *sum((opened[name] for name in PAIRS[2:7]), []), "<sep>"]
    own += [*sum((opened[name] for name in PAIRS[7:]), []), "<poly>", "</poly>", "<and>"]
    tokenizer.add_special_tokens([tokenizers.AddedToken("<mask>", lstrip=True), *own, "<image>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>",
        mask_token="<mask>", extra_special_tokens={"image_token": "<image>"},
    )


def build(weights: int, tokenizer, dims, width: int, layers: int, heads: int, native: bool = False, end: float = 1.8, **_) -> Florence2ForConditionalGeneration:
    torch.manual_seed(weights)
    groups = (1, 2, 2, 4)
    vision = Florence2VisionConfig(
        depths=(1, 1, 1, 1), embed_dim=dims, num_heads=groups, num_groups=groups, window_size=3, mlp_ratio=2.0, projection_dim=width,
        max_temporal_embeddings=5, max_position_embeddings=6, initializer_range=0.3, drop_path_rate=0.0,
    )
    vocabulary = -(-len(tokenizer) // 64) * 64
    text = BartConfig(
        vocab_size=vocabulary, d_model=width, encoder_layers=layers, decoder_layers=layers, encoder_attention_heads=heads, decoder_attention_heads=heads,
        encoder_ffn_dim=width * 2, decoder_ffn_dim=width * 2, max_position_embeddings=160, init_std=0.7, decoder_start_token_id=2,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, forced_bos_token_id=0, forced_eos_token_id=2,
    )
    config = Florence2Config(text_config=text, vision_config=vision, image_token_id=tokenizer.image_token_id)
    model = Florence2ForConditionalGeneration._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        # Longer vectors make tokens likelier or unlikelier by the context: without them an answer has hardly a place.
        rows = model.get_output_embeddings().weight
        rows *= rows.norm(dim=1).mean() / rows.norm(dim=1, keepdim=True).clamp(min=1e-6)
        first = tokenizer.convert_tokens_to_ids("<loc_0>")
        rows[2] *= end
        rows[4:first] *= 1.12
        rows[first : first + 1000] *= 1.1
        for token in ("<poly>", "</poly>", "<sep>"):
            rows[tokenizer.convert_tokens_to_ids(token)] *= 1.8
        rows[tokenizer.image_token_id :] *= 0.01
    generation = model.generation_config
    generation._from_model_config = False
    if not native:
        generation.update(
            decoder_start_token_id=2, bos_token_id=0, eos_token_id=2, pad_token_id=1, forced_bos_token_id=0, forced_eos_token_id=2,
            no_repeat_ngram_size=3, num_beams=3, early_stopping=True,
        )
    return model


class Shaken(LogitsProcessor):
    """Scores as far off as a graph's may be, which merged decoders' are by up to 1.6e-4."""

    def __init__(self, seed: int):
        self.draw = torch.Generator().manual_seed(seed)

    def __call__(self, _, scores):
        return scores + (torch.rand(scores.shape, generator=self.draw) - 0.5) * 3e-4


def until_end(ids: list[int]) -> list[int]:
    return ids[: ids.index(2) + 1] if 2 in ids else ids


@torch.no_grad()
def answers(model, processor) -> tuple[list[dict], int]:
    precise = Florence2ForConditionalGeneration._from_config(model.config, attn_implementation="eager").eval().double()
    precise.load_state_dict(model.state_dict())
    precise.generation_config = model.generation_config
    images, ties = [], 0
    for place, (file, box) in enumerate(BOXES.items()):
        image = load_image(str(FIXTURES / "pictures" / file))
        pixels = processor.image_processor(image, return_tensors="pt").pixel_values
        features = model.get_image_features(pixels).pooler_output
        bins = processor.post_processor.quantize(torch.tensor([box]), image.size)[0].tolist()
        region = "".join(f"<loc_{i}>" for i in bins)
        asked = []
        for turn, (task, text) in enumerate(TASKS.items(), 1):
            inputs = processor(text=task + text.format(region=region), images=image, return_tensors="pt")
            beams = (1, 3)[(place + turn) % 2]
            made = [
                until_end(
                    one.generate(
                        **{**inputs, "pixel_values": pixels.to(one.dtype)}, num_beams=beams, max_new_tokens=NEW_TOKENS, do_sample=False, logits_processor=shaken,
                    )[0].tolist()[1:]
                )
                for one, shaken in ((model, []), (precise, []), (model, [Shaken(1)]), (model, [Shaken(2)]))
            ]
            if any(ids != made[0] for ids in made):
                ties += 1
                continue
            written = processor.batch_decode([made[0]], skip_special_tokens=False)[0]
            answer = processor.post_process_generation(written, task=task, image_size=image.size)[task]
            tokens = inputs.input_ids[0][processor.num_image_tokens :].tolist()
            asked.append({"task": task, "text": text.replace("{region}", ""), "beams": beams, "input_ids": tokens, "ids": made[0], "answer": answer})
        images.append({
            "file": file, "size": image.size, "box": box, "pixel_sha256": hashlib.sha256(pixels.numpy().astype("<f4").tobytes()).hexdigest(),
            "features": [round(value, 6) for value in features[0].flatten().tolist()], "asked": asked,
        })
    return images, ties


def make(seed: int) -> None:
    options = MODELS[seed]
    folder = FIXTURES / options["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make_pictures(FIXTURES / "pictures")
    height, width = options["image"]
    image_processor = CLIPImageProcessor(
        size={"height": height, "width": width}, do_center_crop=False, crop_size={"height": height, "width": width}, resample=options["resample"],
        image_mean=options["mean"], image_std=options["std"],
    )
    image_processor.image_seq_length = (height // 32) * (width // 32) + 1
    kinds = ["ocr", "pure_text", "description_with_bboxes", "description_with_polygons", "polygons", "bboxes", "description_with_bboxes_or_polygons"]
    rules = {"phrase_grounding": {"banned_grounding_tokens": options["banned"]}, **{kind: {} for kind in kinds}}
    tokenizer = make_tokenizer()
    processor = Florence2Processor(image_processor=image_processor, tokenizer=tokenizer, post_processor_config=rules)
    model = build(tokenizer=tokenizer, **options)
    images, ties = answers(model, processor)
    asked = [one for image in images for one in image["asked"]]
    assert ties * 8 < len(asked), f"rounding decides {ties} answers"
    places = [one["answer"] for one in asked if isinstance(one["answer"], dict)]
    full = sum(any(answer.values()) for answer in places)
    ended = sum(len(one["ids"]) < NEW_TOKENS for one in asked)
    assert full * 2 > len(places) and ended * 10 > len(asked), f"{full} of {len(places)} answers have places, {ended} of {len(asked)} end by themselves"
    export(model, folder, options["image"], options["split"])
    write_files(model, processor, folder)
    if options.get("native"):
        # As transformers 5 saves a processor: all of it in one file.
        (folder / "preprocessor_config.json").unlink()
        processor.save_pretrained(folder)
    for file in (folder / "onnx").glob("*.onnx"):
        onnx.save(shorten_names(onnx.load(file)), file)
    for file in folder.glob("*.json"):
        file.write_text(json.dumps(json.loads(file.read_text()), ensure_ascii=False, separators=(",", ":")) + "\n")
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, transformers, tokenizers, PIL)}
    reference = {"versions": versions, "new_tokens": NEW_TOKENS, "left_out": ties, "banned": options["banned"], "images": images}
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(options["name"], size, "bytes,", len(asked), "answers,", len({str(one["ids"]) for one in asked}), "distinct,", full, "of", len(places), "with places,", ended, "ended,", ties, "left out")
    for one in asked[:30]:
        print(one["task"], one["beams"], one["ids"][:20], json.dumps(one["answer"])[:150])
