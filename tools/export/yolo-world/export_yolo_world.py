"""The graphs and files that yolo-world.py writes."""

import contextlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "yolo"))

import onnx
import onnxruntime
import torch
from yolo_reference import EXPORT, answer_of, enliven, is_certain, make_pictures, predictions, sha256, tensor_of  # first: it finds the next
from tiny_clip import make_tokenizer
from tokenizers import Tokenizer
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizerFast
from ultralytics import YOLO, YOLOWorld
from ultralytics.nn.tasks import WorldModel

# What of the exporter's metadata a fixture keeps; the rest speaks of other people's models.
KEPT = ("task", "stride", "imgsz", "names", "channels", "end2end")
FIXTURES = EXPORT.parent.parent / "plugins" / "yolo-world" / "fixtures"
VOCABULARIES = [["a cat", "a dog", "x", "naïve café"], ["person"], ["person", "a cat", "кошка", "!!!", "a photo of a very long label", "dog", "5"]]
MODELS = {
    1: dict(name="open", size=(96, 96), channels=16, context=12, vocabulary=600, conf=0.25, iou=0.7),
    2: dict(name="wide", size=(64, 128), channels=8, context=9, vocabulary=580, conf=0.1, iou=0.45),
    3: dict(name="baked", size=(96, 64), channels=8, context=0, vocabulary=0, conf=0.3, iou=0.6),
}


class OpenVocabulary(torch.nn.Module):
    """The detector with the vocabulary's vectors as its second input."""

    def __init__(self, model: WorldModel):
        super().__init__()
        self.model = model

    def forward(self, images, txt_feats):
        head = self.model.model[-1]
        head.nc, head.export, head.format = txt_feats.shape[1], True, "onnx"
        return self.model.predict(images, txt_feats=txt_feats)


class TextTower(torch.nn.Module):
    def __init__(self, model: CLIPTextModelWithProjection):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model(input_ids=input_ids).text_embeds


def export_detector(model: WorldModel, file: Path, size: tuple[int, int]) -> None:
    wrapper = OpenVocabulary(model).eval()
    unit = lambda n: torch.nn.functional.normalize(torch.randn(1, n, 512), dim=-1)  # noqa: E731
    axes = {"txt_feats": {1: "classes"}, "output0": {1: "rows"}}
    torch.onnx.export(
        wrapper, (torch.rand(1, 3, *size), unit(3)), file, input_names=["images", "txt_feats"], output_names=["output0"],
        dynamic_axes=axes, opset_version=17, dynamo=False,
    )
    graph = onnx.load(file)
    onnx.helper.set_model_props(graph, {"task": "detect", "stride": str(int(max(model.stride))), "imgsz": str(list(size)), "license": "AGPL-3.0"})
    onnx.save(graph, file)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    for count in (1, 5, 24):
        images, features = torch.rand(1, 3, *size), unit(count)
        with torch.no_grad():
            expected = wrapper(images, features)
        actual = session.run(None, {"images": images.numpy(), "txt_feats": features.numpy()})[0]
        difference = abs(expected.numpy() - actual)
        # Boxes are in pixels, scores lie between 0 and 1.
        assert difference[:, :4].max() < 5e-3 and difference[:, 4:].max() < 1e-4, f"differs by {difference.max()} with {count} labels"


def export_text(model: CLIPTextModelWithProjection, file: Path) -> None:
    last = model.config.vocab_size - 1
    ids = torch.tensor([[5, 6, 7, last], [5, 6, last, last]])
    wrapper = TextTower(model).eval()
    torch.onnx.export(
        wrapper, (ids,), file, input_names=["input_ids"], output_names=["text_embeds"],
        dynamic_axes={"input_ids": {0: "batch", 1: "sequence"}, "text_embeds": {0: "batch"}}, opset_version=17, dynamo=False,
    )
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    other = torch.full((3, model.config.max_position_embeddings), last)
    other[:, :2] = 4
    with torch.no_grad():
        difference = abs(wrapper(other).numpy() - session.run(None, {"input_ids": other.numpy()})[0]).max()
    assert difference < 1e-4, f"texts differ by {difference}"


def export(checkpoint: Path, clip: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    export_detector(YOLOWorld(checkpoint).model.eval(), folder / "model.onnx", (640, 640))
    text = CLIPTextModelWithProjection.from_pretrained(clip, attn_implementation="eager").eval()
    export_text(text, folder / "text_model.onnx")
    text.config.save_pretrained(folder)
    CLIPTokenizerFast.from_pretrained(clip).backend_tokenizer.save(str(folder / "tokenizer.json"))


def description(channels: int, classes: int) -> dict:
    """YOLO-World v2's architecture with few layers: backbone, pyramid with attention to the text, three scales."""
    c = channels
    return {
        "nc": classes, "reg_max": 4, "scales": {"n": [1, 1, 1024]},
        "backbone": [
            [-1, 1, "Conv", [8, 3, 2]], [-1, 1, "Conv", [c, 3, 2]], [-1, 1, "C2f", [c, True]], [-1, 1, "Conv", [c, 3, 2]],
            [-1, 1, "Conv", [c, 3, 2]], [-1, 1, "Conv", [c, 3, 2]], [-1, 1, "SPPF", [c, 5]],
        ],
        "head": [
            [-1, 1, "nn.Upsample", [None, 2, "nearest"]], [[-1, 4], 1, "Concat", [1]], [-1, 1, "C2fAttn", [c, c // 2, 2]],
            [-1, 1, "nn.Upsample", [None, 2, "nearest"]], [[-1, 3], 1, "Concat", [1]], [-1, 1, "C2fAttn", [c, c // 2, 2]],
            [[12, 9, 6], 1, "WorldDetect", ["nc", 512, True]],
        ],
    }


def build(seed: int, size, channels: int, conf: float, features: list[torch.Tensor], pictures: list[Path]) -> WorldModel:
    torch.manual_seed(seed)
    model = WorldModel(description(channels, 4), nc=4, verbose=False)
    head = model.model[-1]

    def run(tensor: torch.Tensor) -> None:
        head.nc = features[0].shape[1]
        model.predict(tensor, txt_feats=features[0])

    enliven(model, pictures, size, seed, run)
    with torch.no_grad():
        for scale in head.cv2:
            scale[-1].weight.mul_(4)
        for scale in head.cv4:
            scale.logit_scale.fill_(-0.5)
            scale.bias.fill_(0)
        logits = []
        for texts in features:
            head.nc = texts.shape[1]
            logits += [torch.special.logit(model.predict(tensor_of(p, size), txt_feats=texts)[0][0, 4:], eps=1e-7).amax(0) for p in pictures]
        shift = torch.special.logit(torch.tensor(conf)) - torch.cat(logits).quantile(0.85)
        for scale in head.cv4:
            scale.bias.fill_(shift)
    return model


def text_tower(seed: int, context: int, tokenizer: Tokenizer) -> CLIPTextModelWithProjection:
    torch.manual_seed(seed)
    size = tokenizer.get_vocab_size()
    config = CLIPTextConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4, vocab_size=size, projection_dim=512,
        max_position_embeddings=context, bos_token_id=size - 2, eos_token_id=size - 1, pad_token_id=size - 1,
    )
    model = CLIPTextModelWithProjection._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(5)
    return model


def gap(output: torch.Tensor) -> float:
    """The middle of the widest gap between the scores of the best anchors."""
    scores = output[0, 4:].amax(0).sort(descending=True).values[8:40]
    widest = (scores[:-1] - scores[1:]).argmax()
    return round(((scores[widest] + scores[widest + 1]) / 2).item(), 5)


@torch.no_grad()
def make(seed: int) -> None:
    options = MODELS[seed]
    size, conf, iou, context = options["size"], options["conf"], options["iou"], options["context"]
    folder = FIXTURES / options["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pictures = make_pictures(FIXTURES / "pictures")
    texts = []
    if context > 0:
        tokenizer = make_tokenizer(options["vocabulary"])
        tower = text_tower(seed, context, tokenizer)
        export_text(tower, folder / "text_model.onnx")
        tower.config.save_pretrained(folder)
        tokenizer.save(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(context)
        for label in dict.fromkeys(label for labels in VOCABULARIES for label in labels):
            ids = tokenizer.encode(label).ids
            vector = tower(input_ids=torch.tensor([ids])).text_embeds[0]
            texts.append({"text": label, "input_ids": ids, "text_embeds": [round(value, 7) for value in (vector / vector.norm()).tolist()]})
        vectors = {text["text"]: torch.tensor(text["text_embeds"]) for text in texts}
        vocabularies = VOCABULARIES
        features = [torch.stack([vectors[label] for label in labels])[None] for labels in vocabularies]
    else:
        torch.manual_seed(seed)
        vocabularies = [["car", "it's a \"van\"", "bus"]]
        features = [torch.nn.functional.normalize(torch.randn(1, 3, 512), dim=-1)]
    for attempt in range(300):
        model = build(1000 * seed + attempt, size, options["channels"], conf, features, pictures)
        head = model.model[-1]

        def trials(vocabulary: torch.Tensor) -> list[tuple[Path, torch.Tensor, float]]:
            """The pictures whose answers are certain, with the answer and a threshold in the widest gap of scores."""
            head.nc = vocabulary.shape[1]
            outputs = [(path, model.predict(tensor_of(path, size), txt_feats=vocabulary)[0]) for path in pictures]
            asked = [(path, output, gap(output)) for path, output in outputs]
            return [trial for trial in asked if is_certain(trial[1], head.nc, trial[2], iou)]

        found = [trials(vocabulary) for vocabulary in features]
        if all(len(certain) >= 3 for certain in found):
            break
    else:
        raise AssertionError("no weights whose answers are certain")
    if context > 0:
        export_detector(model, folder / "model.onnx", size)
        head.export = False
    images = []
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        # The model around which ultralytics' interface is put always begins with 80 classes.
        Path("tiny.yaml").write_text(json.dumps(description(options["channels"], 80)))
        yolo = YOLOWorld("tiny.yaml", verbose=False)
        for labels, vocabulary, certain in zip(vocabularies, features, found):
            head.nc = len(labels)
            model.txt_feats, model.names, model.args = vocabulary, dict(enumerate(labels)), yolo.model.args
            model.task, model.pt_path = "detect", "tiny.pt"
            yolo.model, yolo.predictor = model, None
            if context == 0:
                file = yolo.export(format="onnx", opset=17, simplify=False, imgsz=list(size), device="cpu", verbose=False)
                shutil.copyfile(file, folder / "model.onnx")
                predictor = YOLO(str(folder / "model.onnx"), task="detect", verbose=False)
            else:
                predictor = yolo
            for path, output, threshold in certain:
                result = predictions(predictor, path, size, conf=threshold, iou=iou)
                answer = answer_of(result)
                images.append({
                    **answer, "file": path.name, "labels": labels, "threshold": threshold, "pixel_sha256": sha256(tensor_of(path, size)),
                    "output_sums": output[0].double().sum(-1).tolist(),
                    "names": [labels.index(name) for name in answer["labels"]],
                })
                head.nc = len(labels)
    if context == 0:
        graph = onnx.load(folder / "model.onnx")
        onnx.helper.set_model_props(graph, {e.key: e.value for e in graph.metadata_props if e.key in KEPT})
        onnx.save(graph, folder / "model.onnx")
    reference = {"seed": 1000 * seed + attempt, "size": size, "iou": iou, "texts": texts, "images": images}
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")
    print(options["name"], sum(p.stat().st_size for p in folder.iterdir()), "bytes, objects", [len(i["boxes"]) for i in images], "weights of seed", 1000 * seed + attempt)


def main() -> None:
    if sys.argv[1] == "--tiny":
        for number in sys.argv[2:]:
            make(int(number))
    else:
        export(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
