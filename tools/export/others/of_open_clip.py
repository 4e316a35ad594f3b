"""CLIPs of open_clip: its own files of a checkpoint (`save_for_hf`), and its two towers as graphs."""

import json
from pathlib import Path

import open_clip
import torch
from cases import PICTURES, attempt, session, softmax
from clip_vocabulary import write_vocabulary
from open_clip.push_to_hf_hub import save_config_for_hf
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPTokenizer

TEXTS = ["a red bus", "fish &amp; chips at “Joe’s”", "Two   dogs, one cat's tail & 17 birds!", "Ein schöner Tag – naïve café", ""]
NAMES = ["a bus", "two dogs", "the sea"]
CONFIG = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}
EXPORTS = [
    ("ViT", "towers and tokenizer.json", {}),
    ("ViT", "towers, vocab.json and merges.txt", {"tokenizer": False}),
    ("ViT", "quickgelu, 96 px, bilinear", {"quick_gelu": True, "size": 96, "interpolation": "bilinear"}),
    ("ViT", "picture tower alone", {"lone": True}),
]


class Tower(torch.nn.Module):
    def __init__(self, model, side: str):
        super().__init__()
        self.model, self.side = model, side

    def forward(self, given):
        return self.model.encode_image(given) if self.side == "visual" else self.model.encode_text(given)


def unit(vector):
    return (vector / (vector.astype("float64") ** 2).sum() ** 0.5).astype("float32")


def make(root: Path) -> None:
    torch.backends.mha.set_fastpath_enabled(False)
    for name, variant, options in EXPORTS:
        with attempt(root, "open_clip", name, variant, "clip-vit-b32") as case:
            folder = case.folder
            config = json.loads(json.dumps(CONFIG))
            config["quick_gelu"] = options.get("quick_gelu", False)
            config["vision_cfg"]["image_size"] = size = options.get("size", 64)
            torch.manual_seed(2)
            model = open_clip.CLIP(**config).eval()
            with torch.no_grad():
                for parameter in model.parameters():
                    if parameter.dim() > 1:
                        parameter.mul_(3)
                model.logit_scale.fill_(3.3)
            prepared = {"mean": list(open_clip.OPENAI_DATASET_MEAN), "std": list(open_clip.OPENAI_DATASET_STD), "interpolation": options.get("interpolation", "bicubic"), "resize_mode": "shortest"}
            model.visual.preprocess_cfg = prepared | {"size": size, "mode": "RGB", "fill_color": 0}
            model.visual.image_mean, model.visual.image_std = prepared["mean"], prepared["std"]
            transform = open_clip.image_transform(size, is_train=False, mean=prepared["mean"], std=prepared["std"], interpolation=prepared["interpolation"], resize_mode="shortest")
            save_config_for_hf(model, config_path=folder / "open_clip_config.json", model_config=config)
            save_file({key: value.contiguous() for key, value in model.state_dict().items()}, str(folder / "open_clip_model.safetensors"))
            for side, sample in (("visual", torch.randn(2, 3, size, size)), ("textual", torch.randint(1, 100, (2, 77)))):
                if side == "textual" and options.get("lone"):
                    continue
                torch.onnx.export(Tower(model, side).eval(), (sample,), str(folder / f"{side}.onnx"), dynamo=False, opset_version=17, input_names=["input"], output_names=["output"],
                                  dynamic_axes={"input": {0: "batch_size"}, "output": {0: "batch_size"}})
            visual = session(folder / "visual.onnx")
            pictures = {path: unit(visual.run(None, {"input": transform(Image.open(path).convert("RGB"))[None].numpy()})[0][0]) for path in PICTURES}
            for path, embedding in pictures.items():
                case.ask("embed-image", path, {"embedding": embedding.tolist()})
            if options.get("lone"):
                continue
            write_vocabulary(folder, Path(open_clip.tokenizer.default_bpe()))
            if options.get("tokenizer", True):
                tokenizer = CLIPTokenizer.from_pretrained(str(folder))
                tokenizer.save_pretrained(str(folder))
                (folder / "vocab.json").unlink(missing_ok=True)
                (folder / "merges.txt").unlink(missing_ok=True)
            textual = session(folder / "textual.onnx")
            tokens = open_clip.SimpleTokenizer(context_length=77)
            for text in TEXTS:
                case.ask("embed-text", text, {"embedding": unit(textual.run(None, {"input": tokens([text]).numpy()})[0][0]).tolist()})
            texts = torch.from_numpy(textual.run(None, {"input": tokens([f"a photo of {each}" for each in NAMES]).numpy()})[0])
            for path, embedding in pictures.items():
                one = torch.from_numpy(embedding)
                cosines = (texts / texts.norm(dim=-1, keepdim=True)) @ (one / one.norm())
                found = softmax((cosines * model.logit_scale.exp()).detach().numpy())
                case.ask("match-image", path, {"labels": dict(zip(NAMES, found.tolist()))}, "--labels", ",".join(NAMES), "--template", "a photo of {}")
